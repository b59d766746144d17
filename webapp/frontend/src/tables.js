import './workbench/tables.css';
import { readConfig } from './workbench/draft.js';
import { startEditor } from './workbench/tables/editor.js';
import { watchStyles } from './workbench/styled.js';

watchStyles();
if (document.querySelector('[data-table-editor]')) startEditor(readConfig());
