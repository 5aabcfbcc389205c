// Small things of a document's head: a click on its number copies it. (反审核 opens by data-dialog, see dialog.js.)
import { el, say } from './dom.js';
import { toast } from './toast.js';

export async function copyText(text) {
  try { await navigator.clipboard.writeText(text); } catch (refused) {
    // Plain http on the shop's own network has no clipboard API.
    const area = el('textarea', { class: 'sr', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast(say('copied', { text }));
}
