"use strict";
// A button shows the weights of its word while it is pointed at or focused, and permanently once pressed.
const DARKEST = 178;
// A script may set what a strict content security policy forbids to an attribute `style`.
for (const canvas of document.querySelectorAll("canvas[data-box]")) {
  const box = canvas.dataset.box.split(" ");
  ["left", "top", "width", "height"].forEach((side, place) => { canvas.style[side] = `${box[place]}%`; });
}
function veil(button) {
  const canvas = document.querySelector(`#${button.dataset.look} canvas`);
  const weights = atob(button.dataset.weights);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let place = 0; place < weights.length; place++)
    image.data[4 * place + 3] = DARKEST * (1 - weights.charCodeAt(place) / 255);
  context.putImageData(image, 0, 0);
  canvas.classList.add("on");
  document.getElementById(button.getAttribute("aria-describedby")).textContent =
    `${button.textContent}: ${button.dataset.summary}`;
}
function lift(button) {
  const canvas = document.querySelector(`#${button.dataset.look} canvas`);
  const pressed = document.querySelector(`[data-look="${button.dataset.look}"][aria-pressed=true]`);
  if (pressed) return veil(pressed);
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.classList.remove("on");
  document.getElementById(button.getAttribute("aria-describedby")).textContent = "";
}
function press(button) {
  const before = button.getAttribute("aria-pressed");
  for (const other of document.querySelectorAll(`[data-look="${button.dataset.look}"]`))
    other.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", before === "true" ? "false" : "true");
  veil(button);
}
for (const [event, act] of [["pointerover", veil], ["focusin", veil], ["pointerout", lift], ["focusout", lift], ["click", press]])
  document.addEventListener(event, (happened) => {
    const button = happened.target.closest("button[data-weights]");
    if (button) act(button);
  });
