// Lines of a document, edited in place: ↵ or Tab next cell (the last adds a line), ↑ ↓ row, Ctrl+D copy, Ctrl+Del remove,
// Alt+N add, and rows pasted from Excel. Names are `fees-0-amount`; the hidden `fees-0-id` says which line of the database
// it is. An absent id is a line taken away, an empty one a new line; the server ignores lines that are wholly blank.
import { $, $$, put } from './dom.js';
import { enhance as bringToLife } from './enhance.js';
import { onKey } from './keys.js';
import { sumOf, writeMoney } from './money.js';

const CELLS = '.cell input:not([type="hidden"]):not([readonly]), .cell select';

export function enhance(grid) {
  const name = grid.dataset.grid, body = $('tbody', grid), template = $(`template[data-row="${name}"]`);
  const start = new RegExp(`^(f-)?${name}-(\\d+|__i__)-`);
  const rows = () => Array.from(body.rows);
  const cells = row => $$(CELLS, row).filter(cell => !cell.disabled);
  const changed = () => grid.dispatchEvent(new Event('input', { bubbles: true }));

  const renumber = (row, i) => {
    for (const attribute of ['name', 'id', 'for', 'aria-describedby', 'data-means']) {
      $$(`[${attribute}]`, row).forEach(element => {
        const next = element.getAttribute(attribute).split(' ').map(word => word.replace(start, (whole, stem) => `${stem || ''}${name}-${i}-`)).join(' ');
        element.setAttribute(attribute, next);
      });
    }
    const number = $('.n [data-n]', row);
    if (number) number.textContent = i + 1;
  };
  const sums = () => {
    $$(`[data-sum^="${name}."]`).forEach(place => {
      const key = place.dataset.sum.slice(name.length + 1);
      place.textContent = writeMoney(sumOf(rows().map(row => $(`[name$="-${key}"]`, row)).filter(Boolean)));
    });
    $$(`[data-lines="${name}"]`).forEach(place => { place.textContent = rows().length || ''; });
  };
  const settle = () => { rows().forEach(renumber); grid.classList.toggle('none', !rows().length); sums(); };

  const blank = () => {
    const row = document.importNode(template.content, true).querySelector('tr');
    body.append(row);
    settle();
    grid.ready = bringToLife(row); // pickers and amounts of the new line
    return row;
  };
  const add = () => { const row = blank(); changed(); focus(cells(row)[0]); return row; };
  /** A copy is a new line with the same values; it is not the same line of the database. */
  const copy = from => {
    const row = blank();
    from.after(row);
    const source = $$('input, select', from);
    $$('input, select', row).forEach((field, i) => {
      if (/-id$/.test(field.name) && /-\d+-id$/.test(field.name)) return;
      if (field.type === 'checkbox') field.checked = source[i]?.checked; else field.value = source[i]?.value ?? '';
    });
    settle();
    changed();
    focus(cells(row)[0]);
    // The copied amount may be half typed: it is written out like any amount that is left.
    grid.ready.then(() => $$('[data-money]', row).forEach(field => field.dispatchEvent(new Event('change', { bubbles: true }))));
  };
  const remove = row => {
    if (rows().length <= Number(grid.dataset.min || 0)) return;
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    settle();
    changed();
    focus(next ? cells(next)[0] : $('[data-line="add"]', grid));
  };
  const focus = cell => { if (cell) { cell.focus(); if (cell.select && cell.type !== 'checkbox') cell.select(); } };
  const isEmpty = row => cells(row).every(cell => cell.type === 'checkbox' || !cell.value.trim());

  grid.addEventListener('click', event => {
    const button = event.target.closest('[data-line]');
    if (!button) return;
    if (button.dataset.line === 'add') add();
    else if (button.dataset.line === 'copy') copy(button.closest('tr'));
    else remove(button.closest('tr'));
  });
  grid.addEventListener('input', sums);
  grid.addEventListener('change', sums);
  grid.addEventListener('dblclick', event => { if (template && event.target.closest('tfoot')) add(); });

  onKey(grid, event => {
    const row = event.target.closest('tbody tr');
    if (event.altKey && event.code === 'KeyN' && template) { event.preventDefault(); event.stopPropagation(); add(); return; }
    if (!row || !event.target.matches(CELLS)) return;
    const all = cells(body), here = all.indexOf(event.target), column = cells(row).indexOf(event.target), mod = event.ctrlKey || event.metaKey;
    const lastCell = here === all.length - 1;
    if (event.key === 'Enter' && !mod && !event.defaultPrevented) {
      event.preventDefault();
      if (!lastCell) focus(all[here + 1]); else if (template && !isEmpty(row)) add();
    } else if (event.key === 'Tab' && !event.shiftKey && lastCell && template && !isEmpty(row)) { event.preventDefault(); add(); }
    else if (/^Arrow(Up|Down)$/.test(event.key) && !event.altKey && !event.defaultPrevented && event.target.tagName !== 'SELECT') {
      const next = event.key === 'ArrowUp' ? row.previousElementSibling : row.nextElementSibling;
      if (next) { event.preventDefault(); focus(cells(next)[column]); }
    } else if (mod && event.key.toLowerCase() === 'd' && template) { event.preventDefault(); copy(row); }
    else if (mod && event.key === 'Delete') { event.preventDefault(); remove(row); }
  });

  // Rows copied in Excel come as lines of tab-separated cells; one plain value is left to the browser.
  grid.addEventListener('paste', async event => {
    const text = (event.clipboardData || window.clipboardData).getData('text').replace(/\r\n?/g, '\n').replace(/\n$/, '');
    if (!/[\t\n]/.test(text) || !event.target.matches(CELLS)) return;
    event.preventDefault();
    let row = event.target.closest('tr');
    const first = cells(row).indexOf(event.target);
    for (const line of text.split('\n')) {
      if (!row) { if (!template) break; row = blank(); }
      await grid.ready;
      const targets = cells(row).slice(first);
      line.split('\t').forEach((value, i) => { if (targets[i]) fillCell(targets[i], value.trim()); });
      row = row.nextElementSibling;
    }
    settle();
    changed();
  });

  settle();
}

/** One pasted value into one cell, in the cell's own way. */
function fillCell(cell, value) {
  if (cell.tagName === 'SELECT') {
    const option = Array.from(cell.options).find(one => one.textContent.trim() === value || one.value === value);
    if (option) put(cell, option.value);
  } else if (cell.type === 'checkbox') put(cell, /^(1|是|y|yes|true|√|✓)$/i.test(value));
  else {
    put(cell, value);
    // A picker looks the pasted name up; an exact hit is taken when the cell is left.
    if (cell.closest('[data-picker]')) cell.dispatchEvent(new CustomEvent('lookup'));
  }
}
