// Brings a piece of the page to life. Each part is loaded only where the page holds something for it, so that a list
// never pays for a document. (Its own file: main.js is linked with a version in its address, and a second address
// would be a second module.)
import { $$ } from './dom.js';
import * as frame from './frame.js';

// [what to look for, module with enhance(element)]; an element is enhanced once.
const PARTS = [
  ['[data-picker]', () => import('./picker.js')],
  ['table[data-grid]', () => import('./linegrid.js')],
  ['[data-money]', () => import('./money.js')],
  ['[data-date]', () => import('./date.js')],
  ['table[data-list]', () => import('./list.js')],
  ['details.chipbox', () => import('./list.js'), 'chip'],
  ['form[data-form]', () => import('./form.js')],
  ['table[data-settle]', () => import('./settle.js')],
  ['[data-settle-limit]', () => import('./settle.js'), 'limit'],
  ['[data-settle-list]', () => import('./settle.js'), 'list'],
  ['[data-fill-login]', () => import('./login.js')],
];
const done = new WeakMap();

/** Bring a piece of the page to life: the page itself at first, later dialogs, fragments, new lines. Resolves when it lives. */
export function enhance(part) {
  frame.enhance(part);
  const loading = [];
  for (const [selector, load, name = 'enhance'] of PARTS) {
    const found = $$(selector, part).filter(element => !done.get(element)?.has(selector));
    found.forEach(element => done.set(element, (done.get(element) || new Set()).add(selector)));
    if (found.length) loading.push(load().then(module => found.forEach(element => module[name](element))));
  }
  return Promise.all(loading);
}
