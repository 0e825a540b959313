"use strict";
// Conveniences; without this script the form works, too.
const form = document.querySelector("form.ask");
const input = document.getElementById("picture");
const line = form.querySelector(".status");
const button = form.querySelector("button");

function tell(text) { line.textContent = text; }
function show() {
  const preview = form.querySelector(".preview");
  const file = input.files[0];
  URL.revokeObjectURL(preview.src);
  preview.hidden = !file;
  if (file) preview.src = URL.createObjectURL(file);
  const most = Number(form.dataset.most);
  const tooLarge = file && file.size > most;
  tell(tooLarge ? `The file has ${(file.size / 1048576).toFixed(1)} MiB, more than ${most / 1048576}; choose a smaller one.` : "");
  button.disabled = Boolean(tooLarge);
}
function take(transfer) {
  const file = [...transfer.files].find((each) => each.type.startsWith("image/"));
  if (!file) return tell("What was pasted or dropped is no picture file.");
  const chosen = new DataTransfer();
  chosen.items.add(file);
  input.files = chosen.files;
  show();
}
if (input) {
  form.querySelector(".paste").hidden = false;
  form.querySelector(".preview").addEventListener("error", (failed) => { failed.target.hidden = true; });
  input.addEventListener("change", show);
  document.addEventListener("paste", (pasted) => { if (pasted.clipboardData.files.length) take(pasted.clipboardData); });
  document.addEventListener("dragover", (over) => { over.preventDefault(); document.body.classList.add("over"); });
  document.addEventListener("dragleave", (left) => { if (!left.relatedTarget) document.body.classList.remove("over"); });
  document.addEventListener("drop", (dropped) => {
    dropped.preventDefault();
    document.body.classList.remove("over");
    take(dropped.dataTransfer);
  });
  show();
}

// A slider beside each share; a share that is changed is a share that is wanted.
const shares = form.querySelector("[data-shares]");
if (shares) {
  for (const number of shares.querySelectorAll("input[type=number]")) {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: 100, step: 1, value: number.value });
    slider.setAttribute("aria-label", `${number.labels[0].textContent}, slider`);
    number.after(slider);
    const wanted = () => { document.getElementById("emotion").value = shares.dataset.shares; };
    slider.addEventListener("input", () => { number.value = slider.value; wanted(); });
    number.addEventListener("input", () => { slider.value = number.value; wanted(); });
  }
}

form.addEventListener("submit", () => { tell("Captioning ..."); button.disabled = true; });
addEventListener("pageshow", () => { if (!input) { button.disabled = false; tell(""); } else show(); });
