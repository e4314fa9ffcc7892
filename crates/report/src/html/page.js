'use strict';
const tools = document.querySelector('#tools');
if (tools) {
  tools.hidden = false;
  const wanted = tools.querySelector('input'), said = tools.querySelector('output');
  const groups = [...document.querySelectorAll('details.group')];
  wanted.addEventListener('input', () => {
    const words = wanted.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const group of groups) {
      const text = group.textContent.toLowerCase();
      group.hidden = !words.every(word => text.includes(word));
      if (!group.hidden) shown++;
    }
    said.textContent = wanted.value ? shown + ' of ' + groups.length : '';
  });
  tools.querySelector('button').addEventListener('click', () => {
    const open = groups.some(group => !group.open);
    for (const group of groups) group.open = open;
  });
}
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(part => part.open = true));
