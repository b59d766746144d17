// Sections of a form that only some answers need: {"happened": ["postponed", "cancelled"]}. What is hidden keeps what
// was typed, and a section with something wrong in it is never hidden. Without script everything is there.
export function start() {
  for (const section of document.querySelectorAll('[data-shown-for]')) {
    const form = section.closest('form');
    if (!form) continue;
    const wanted = Object.entries(JSON.parse(section.dataset.shownFor));
    const update = () => {
      const answers = new FormData(form);
      const fits = wanted.every(([name, values]) => values.includes(answers.get(name)));
      section.hidden = !fits && !section.querySelector('.is-invalid, .hq-error');
    };
    form.addEventListener('change', update);
    update();
  }
}
