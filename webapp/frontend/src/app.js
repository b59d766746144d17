// Every behaviour works on data attributes and is an addition: the pages work without it, by links and forms.
import * as comment from './behaviours/comment.js';
import * as complete from './behaviours/complete.js';
import * as confirm from './behaviours/confirm.js';
import * as draft from './behaviours/draft.js';
import * as files from './behaviours/files.js';
import * as forecast from './behaviours/forecast.js';
import * as keyboard from './behaviours/keyboard.js';
import * as listRows from './behaviours/list-rows.js';
import * as live from './behaviours/live.js';
import * as lookup from './behaviours/lookup.js';
import * as relativeTime from './behaviours/relative-time.js';
import * as rows from './behaviours/rows.js';
import * as select from './behaviours/select.js';
import { autosubmit, buttons, errorSummary, menus, tabs } from './behaviours/small.js';
import * as shownFor from './behaviours/shown-for.js';
import * as submitOnce from './behaviours/submit-once.js';
import * as theme from './behaviours/theme.js';
import * as totals from './behaviours/totals.js';
import * as verbs from './behaviours/verbs.js';

// comment, confirm, submitOnce: each looks at a submit that the one before let pass.
const behaviours = [theme, rows, totals, lookup, complete, draft, forecast, comment, confirm, submitOnce, keyboard, listRows, files, relativeTime, live, select, shownFor, verbs];
for (const behaviour of behaviours) behaviour.start();
for (const start of [menus, buttons, tabs, autosubmit, errorSummary]) start();

document.documentElement.dataset.ready = 'app';
