import './workbench/settings.css';
import { watchExpressions, watchPreviews } from './workbench/settings/form.js';
import { watchSource } from './workbench/settings/source.js';

const config = document.getElementById('settings-config');
if (config) {
  const settings = JSON.parse(config.textContent);
  watchExpressions(settings);
  watchPreviews(settings);
}
const source = document.querySelector('[data-source-editor]');
if (source) watchSource(source);
document.documentElement.dataset.editor = 'ready';
