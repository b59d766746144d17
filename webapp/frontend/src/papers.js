import './workbench/papers.css';
import { readConfig } from './workbench/draft.js';
import { startEditor } from './workbench/papers/editor.js';

if (document.querySelector('[data-papers]')) startEditor(readConfig());
