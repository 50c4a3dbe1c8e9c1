// The front end: asks the JSON interface, and draws the step that it answers. Nothing of a flow is kept here.

const API = "/identity/api";
const AWAY = "ติดต่อระบบไม่ได้ในขณะนี้ โปรดลองอีกครั้ง";
const main = document.querySelector("main");
const problem = document.querySelector("[role=alert]");

async function ask(path, body, key) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  const sent = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
  const response = await fetch(API + path, sent);
  return response.status === 204 ? null : response.json();
}

// Draw the template of that name. `values` is the step, or who is signed in; `progress` says what may be done.
function draw(name, values = {}, progress = null) {
  const page = document.getElementById(name).content.cloneNode(true);
  const key = crypto.randomUUID(); // what is sent twice from one page counts once
  for (const place of page.querySelectorAll("[data-text]")) place.textContent = values[place.dataset.text];
  for (const box of page.querySelectorAll("[data-shows]")) {
    box.onchange = () => {
      box.form.elements[box.dataset.shows].type = box.checked ? "text" : "password";
    };
  }
  for (const form of page.querySelectorAll("form")) {
    if (form.dataset.act && !progress.allowed.includes(form.dataset.act)) form.remove();
    form.onsubmit = (event) => {
      event.preventDefault();
      send(form, form.dataset.path.replace("{flow_id}", progress?.flow_id), key);
    };
  }
  main.replaceChildren(page);
  main.querySelector("input, button, a").focus();
}

async function send(form, path, key) {
  const buttons = main.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  await arrive(() => ask(path, Object.fromEntries(new FormData(form)), key));
  for (const button of buttons) button.disabled = false;
}

// Show what was answered: where to go, who is signed in, a problem, or the next step.
async function arrive(asking) {
  let answer;
  try {
    answer = await asking();
  } catch {
    problem.textContent = AWAY;
    return;
  }
  const { code, message } = answer ?? {};
  problem.textContent = code && code !== "session_unknown" ? message.th : "";
  if (answer === null) return start(); // signed out
  if (answer.url) return location.assign(answer.url);
  if (answer.binding_id) return draw("home", answer);
  const progress = code ? answer.progress : answer;
  if (progress) return step(progress);
  // Without a flow, the person begins; where they have begun, what they typed stays.
  if (!main.querySelector("[data-path='/sign-in']")) begin();
}

function begin() {
  history.replaceState(null, "", "/");
  draw("sign_in");
}

function step(progress) {
  const { flow_id, step } = progress;
  if (step.kind === "signed_in") {
    history.replaceState(null, "", "/");
    return start();
  }
  // The library's pages have every step: the accounts of a person, an authenticator app, an approval.
  if (!document.getElementById(step.kind)) return location.assign(`/identity/flow/${flow_id}`);
  history.replaceState(null, "", `/?flow=${flow_id}`); // for a reload
  draw(step.kind, step, progress);
}

function start() {
  const { pathname, search, searchParams } = new URL(location);
  if (pathname === "/auth/callback") {
    history.replaceState(null, "", "/"); // what it holds is used once
    return arrive(() => ask("/callback", { query: search }, crypto.randomUUID()));
  }
  const flow = searchParams.get("flow");
  return arrive(() => ask(flow ? `/flow/${encodeURIComponent(flow)}` : "/session"));
}

addEventListener("pageshow", start); // and when the back button brings the page back as it was
