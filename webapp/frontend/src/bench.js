// Every page of the workbench: who else is here.
import './workbench/bench.css';
import { startPresence } from './workbench/presence.js';

startPresence();
document.documentElement.dataset.bench = 'ready';
