// Painting the week of a plan's time bands by dragging: a stroke fills the days and times of the form below it, and presses its button.
// By keyboard, and without this script, the same form is filled in by hand.

(() => {
  let stroke;
  const placeOf = (element) => {
    const cell = element?.closest?.("[data-week] [data-cell]");
    if (!cell) return undefined;
    const rows = [...cell.closest("[data-week]").querySelectorAll("[data-day]")];
    return { week: cell.closest("[data-week]"), rows, row: rows.indexOf(cell.closest("[data-day]")), cell: Number(cell.dataset.cell) };
  };
  const spanOf = ({ from, to }) => ({
    rows: [Math.min(from.row, to.row), Math.max(from.row, to.row)],
    cells: [Math.min(from.cell, to.cell), Math.max(from.cell, to.cell)],
  });
  const mark = () => {
    for (const marked of document.querySelectorAll("[data-week] .marked")) marked.classList.remove("marked");
    if (!stroke) return;
    const { rows, cells } = spanOf(stroke);
    for (const row of stroke.from.rows.slice(rows[0], rows[1] + 1))
      for (const cell of row.querySelectorAll("[data-cell]"))
        if (Number(cell.dataset.cell) >= cells[0] && Number(cell.dataset.cell) <= cells[1]) cell.classList.add("marked");
  };
  const time = (cell) => `${String(Math.floor(cell / 2)).padStart(2, "0")}:${cell % 2 ? "30" : "00"}`;

  document.addEventListener("pointerdown", (event) => {
    const place = event.button === 0 ? placeOf(event.target) : undefined;
    if (!place) return;
    event.preventDefault();
    stroke = { from: place, to: place };
    mark();
  });
  document.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const place = placeOf(document.elementFromPoint(event.clientX, event.clientY));
    if (!place || place.week !== stroke.from.week) return;
    stroke.to = place;
    mark();
  });
  document.addEventListener("pointercancel", () => {
    stroke = undefined;
    mark();
  });
  document.addEventListener("pointerup", () => {
    if (!stroke) return;
    const { rows, cells } = spanOf(stroke);
    const days = new Set(stroke.from.rows.slice(rows[0], rows[1] + 1).map((row) => row.dataset.day));
    const form = stroke.from.week.closest("form");
    stroke = undefined;
    for (const day of form.querySelectorAll('[name="paint.days"]')) day.checked = days.has(day.value);
    form.querySelector('[name="paint.from"]').value = time(cells[0]);
    form.querySelector('[name="paint.to"]').value = time(cells[1] + 1);
    form.querySelector("[data-paint]").click();
  });
})();
