// Every page works without this. Texts come from the page, in its language; % stands for what is counted.
"use strict";
(() => {
  const texts = document.currentScript.dataset;

  const made = (tag, attributes, text = "") => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    return element;
  };

  // Show what is typed. Hidden again when the form is sent: browsers remember what stands in a text field.
  for (const input of document.querySelectorAll("input[type=password]")) {
    const label = input.labels[0].textContent.trim();
    const button = made("button", {
      type: "button", class: "secondary reveal", "aria-pressed": "false", "aria-controls": input.id,
      "aria-label": `${texts.reveal} (${label})`,
    }, texts.reveal);
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form.addEventListener("submit", () => show(false));
    input.after(button);
    input.parentElement.classList.add("revealing");
  }

  // Take the suggested password.
  for (const place of document.querySelectorAll("[data-fills]")) {
    const button = made("button", { type: "button", class: "secondary" }, place.dataset.fills);
    button.addEventListener("click", () => {
      for (const input of document.querySelectorAll("input[autocomplete=new-password]")) {
        input.value = place.textContent;
        input.dispatchEvent(new Event("input"));
      }
      document.querySelector("form.act button[type=submit]").focus();
    });
    place.after(button);
  }

  // To be printed.
  for (const place of document.querySelectorAll("[data-print]")) {
    const button = made("button", { type: "button", class: "secondary" }, place.dataset.print);
    button.addEventListener("click", () => print());
    place.append(button);
  }

  // The answer to a form is no page to come back to: the browser would ask to send the form again.
  for (const { dataset } of document.querySelectorAll("[data-instead]")) history.replaceState(null, "", dataset.instead);

  // How long the new password is, counted as the server counts: code points of NFC.
  for (const input of document.querySelectorAll("input[data-minimum]")) {
    const minimum = Number(input.dataset.minimum);
    const bar = made("progress", { max: minimum, value: 0, "aria-hidden": "true" });
    const line = made("p", { class: "length" });
    const spoken = made("p", { class: "unseen", role: "status" });
    let pause;
    input.addEventListener("input", () => {
      const length = [...input.value.normalize("NFC")].length;
      const text = length >= minimum ? input.dataset.enough : input.dataset.short.replace("%", minimum - length);
      bar.value = Math.min(length, minimum);
      line.textContent = length ? text : "";
      clearTimeout(pause);
      pause = setTimeout(() => { spoken.textContent = line.textContent; }, 1000);
    });
    input.closest(".field").append(bar, line, spoken);
  }

  // A second click on the same form. The page may come back by the back button, or the first one may get no answer.
  const sent = new Map();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (sent.has(form)) return event.preventDefault();
    sent.set(form, setTimeout(() => sent.delete(form), 10000));
  });
  addEventListener("pageshow", () => {
    for (const timer of sent.values()) clearTimeout(timer);
    sent.clear();
  });

  // Count down from what the server says is left: this computer's clock may be wrong.
  const loaded = Date.now();
  const said = (seconds, minutesOnly) =>
    seconds > 60 || minutesOnly ? texts.minutes.replace("%", Math.ceil(seconds / 60)) : texts.seconds.replace("%", seconds);
  for (const line of document.querySelectorAll("[data-left]")) {
    const { left, says, over, warns } = line.dataset;
    const button = "opens" in line.dataset ? line.closest("form").querySelector("button") : null;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil(left - (Date.now() - loaded) / 1000));
      if (button) button.disabled = seconds > 0;
      if (warns === undefined || seconds <= warns) {
        const text = seconds ? says.replace("%", said(seconds, warns !== undefined)) : over;
        const first = line.textContent === "";
        if (line.textContent !== text) line.textContent = text;
        line.hidden = false;
        // The warning stands at the foot of the window, where it must not cover what has the focus.
        if (warns !== undefined && first) document.activeElement.scrollIntoView({ block: "nearest" });
      }
      if (!seconds) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    tick();
  }
})();
