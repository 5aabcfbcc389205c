// A settlement's open items: a tick takes all that is open, an amount ticks, 自动勾 spreads the money over the items in their
// order; another party or direction lists its items anew. Without scripts the server does the same (views/finance.py).
import { $, $$, put } from './dom.js';
import { fenOf, sumOf, writeMoney } from './money.js';

export function enhance(table) {
  const form = table.closest('form');
  const rows = $$('tbody tr[data-open]', table);
  const field = (row, key) => $(`[name$="-${key}"]`, row), tick = row => field(row, 'take');
  const changed = () => table.dispatchEvent(new Event('input', { bubbles: true }));
  const look = row => {
    const on = !!(field(row, 'amount').value.trim() || field(row, 'let_off').value.trim());
    tick(row).checked = on;
    row.classList.toggle('on', on);
  };
  const take = (row, fen) => {
    field(row, 'amount').value = fen ? writeMoney(fen) : '';
    if (!fen) { field(row, 'let_off').value = ''; field(row, 'let_off_reason').value = ''; }
    look(row);
  };

  table.addEventListener('change', event => {
    const row = event.target.closest('tr[data-open]');
    if (!row || event.target !== tick(row)) return;
    take(row, event.target.checked ? fenOf(row.dataset.open) : 0);
    changed();
  });
  table.addEventListener('input', event => {
    const row = event.target.closest('tr[data-open]');
    if (row && event.target.matches('[name$="-amount"], [name$="-let_off"]')) look(row);
  });

  // A single money line follows what is settled until somebody writes its amount by hand.
  const lines = () => $$('[name^="money-"][name$="-amount"]', form).filter(one => !one.name.includes('__i__'));
  const settled = () => sumOf(rows.filter(row => row.dataset.side === table.dataset.main).map(row => field(row, 'amount')))
    - sumOf(rows.filter(row => row.dataset.side !== table.dataset.main).map(row => field(row, 'amount')));
  let before = settled();
  const follow = () => {
    const now = settled(), mine = lines();
    if (now !== before && now >= 0 && mine.length === 1 && (fenOf(mine[0].value) === before || !mine[0].value.trim())) put(mine[0], now ? writeMoney(now) : '');
    before = now;
  };
  table.addEventListener('change', follow);

  $('[data-settle-auto]', form)?.addEventListener('click', () => {
    const mine = rows.filter(row => row.dataset.side === table.dataset.main);
    let money = sumOf($$('[name^="money-"][name$="-amount"]', form).filter(one => !one.name.includes('__i__')));
    const all = !money;
    mine.forEach(row => {
      const open = fenOf(row.dataset.open), part = all ? open : Math.min(open, money);
      money -= all ? 0 : part;
      take(row, part);
    });
    changed();
  });
}

/** Over one's limit the next step is to submit, and the reason stands there; below it again it is to approve. */
export function limit(place) {
  const words = $('[data-total]', place);
  const button = $('button[name="_do"][value="approve"], button[name="_do"][value="submit"]', document.body);
  new MutationObserver(() => {
    const why = words.textContent.trim();
    place.hidden = !why;
    if (!button) return;
    button.value = why ? 'submit' : 'approve';
    const label = why ? place.dataset.submit : place.dataset.approve, word = $('[data-word]', button);
    if (word) word.textContent = label;
    if ('whenDirty' in button.dataset) button.dataset.whenDirty = label;
  }).observe(words, { childList: true, characterData: true, subtree: true });
}

/** Another party or another direction: its open items, nothing typed is lost. */
export function list(button) {
  const form = button.form;
  form.addEventListener('change', event => {
    const name = event.target.name;
    if (name === 'direction' || (name === 'party_id' && event.target.value)) button.click();
  });
}
