// Small hands for all modules: find, make, remember, fetch. Nothing here ever writes data as markup.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
export const seen = element => !!element && !!(element.offsetParent || element.getClientRects().length);

const words = JSON.parse(document.getElementById('texts')?.textContent || '{}');

/** A translated text by key, `{name}` filled from values; the key itself when it is missing. */
export function say(key, values = {}) {
  return (words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Make an element: el('a', {href, class, data-x, hidden: true}, 'text', child …). */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined && child !== ''));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name, small = false) {
  const svg = document.createElementNS(SVG, 'svg'), use = document.createElementNS(SVG, 'use');
  svg.setAttribute('class', small ? 'i s' : 'i');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', document.body.dataset.icons + '#' + name);
  svg.append(use);
  return svg;
}

let counter = 0;
export const freshId = stem => `${stem}-${++counter}`;

/** What this browser remembers (one entry, so that it can be cleared in one go). */
export function kept() {
  try { return JSON.parse(localStorage.getItem('caryard') || '{}') || {}; } catch (refused) { return {}; }
}
export function keep(changes) {
  try { localStorage.setItem('caryard', JSON.stringify({ ...kept(), ...changes })); } catch (refused) { /* private mode */ }
}

export const csrf = () => $('meta[name="csrf-token"]')?.content || '';

/** Same-site fetch with the CSRF header; the answer is returned whatever its status, a dead network throws. */
export function ask(url, options = {}) {
  const headers = { 'X-Requested-With': 'fetch', ...(options.headers || {}) };
  if (options.method && options.method !== 'GET') headers['X-CSRFToken'] = csrf();
  return fetch(url, { credentials: 'same-origin', redirect: 'follow', ...options, headers });
}

/** Our own server's HTML as nodes. Scripts in it never run, so a fragment is markup only. */
export function nodes(html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  return Array.from(page.body.childNodes, node => document.importNode(node, true));
}

/** Wait until nothing has happened for a while. */
export function debounce(call, milliseconds) {
  let timer = 0;
  return (...values) => { clearTimeout(timer); timer = setTimeout(() => call(...values), milliseconds); };
}

/** Put a value into a field as if it had been typed. */
export function put(field, value) {
  if (!field) return;
  if (field.type === 'checkbox') field.checked = !!value;
  else field.value = value ?? '';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}
