// Runs before the first paint (a plain script in <head>), so that theme, density and the slim menu do not flash.
(function () {
  'use strict';
  var root = document.documentElement, kept = {};
  try { kept = JSON.parse(localStorage.getItem('caryard') || '{}') || {}; } catch (refused) { /* private mode: defaults */ }
  root.classList.add('js');
  if (kept.theme === 'dark' || kept.theme === 'light') root.dataset.theme = kept.theme;
  if (kept.density === 'compact') root.dataset.density = 'compact';
  var narrow = innerWidth <= 1180 && innerWidth > 720;
  if (innerWidth > 720 && (kept.slim === true || (narrow && kept.slim !== false))) root.classList.add('slim');
})();
