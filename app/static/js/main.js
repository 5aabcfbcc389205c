// The one entry of every page.
import { $ } from './dom.js';
import { enhance } from './enhance.js';
import * as frame from './frame.js';
import * as keys from './keys.js';
import * as toasts from './toast.js';

keys.start();
frame.start();
toasts.start();
import('./dialog.js').then(dialog => {
  dialog.start();
  const shown = $('dialog[data-show]');
  if (shown) dialog.open(shown);
});
try {
  if (sessionStorage.getItem('caryard sent')) import('./draft.js').then(drafts => drafts.arrived());
} catch (refused) { /* no storage, no drafts */ }
enhance(document);
