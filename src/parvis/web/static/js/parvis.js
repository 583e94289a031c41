/* What makes the pages quicker to use. Every page works without this file. */

const root = document.documentElement;
root.classList.add("js");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/* Counter: a link counts as 23 characters, a character as one even if it takes two code units. */
const LINK = /https?:\/\/[^\s]+/g;
const letters = globalThis.Intl?.Segmenter ? new Intl.Segmenter() : null;

function lengthOf(text) {
  const plain = text.replace(LINK, "x".repeat(23));
  return letters ? [...letters.segment(plain)].length : [...plain].length;
}

function startCounter(form) {
  const text = form.querySelector(".compose-text");
  const counter = form.querySelector("[data-counter]");
  const warning = form.querySelector("[name=spoiler_text]");
  const show = () => {
    const left = Number(form.dataset.max) - lengthOf(text.value) - lengthOf(warning?.value ?? "");
    counter.textContent = String(left);
    counter.classList.toggle("is-over", left < 0);
  };
  text.addEventListener("input", show);
  warning?.addEventListener("input", show);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  show();
}

/* Pictures: chosen, pasted or dropped files go into the form's own file fields, each with a preview and its description. */
function startPictures(form) {
  const pick = form.querySelector("[data-pick]");
  const slots = all("[data-slot]", form);
  const button = form.querySelector("[data-add-picture]");
  if (!pick || !button) return;

  const refresh = () => {
    button.hidden = slots.every((slot) => slot.classList.contains("is-filled"));
  };
  const fill = (slot, file) => {
    const box = new DataTransfer();
    box.items.add(file);
    slot.querySelector("input[type=file]").files = box.files;
    const view = new Image();
    view.className = "slot-view";
    view.alt = "";
    view.src = URL.createObjectURL(file);
    slot.querySelector("legend").after(view);
    slot.classList.add("is-filled");
  };
  const drop = (slot) => {
    const view = slot.querySelector(".slot-view");
    if (view) URL.revokeObjectURL(view.src);
    view?.remove();
    slot.querySelector("input[type=file]").value = "";
    slot.querySelector("textarea").value = "";
    slot.classList.remove("is-filled");
  };
  const add = (files) => {
    const pictures = [...files].filter((file) => file.type.startsWith("image/"));
    const free = slots.filter((slot) => !slot.classList.contains("is-filled"));
    const used = pictures.slice(0, free.length);
    used.forEach((file, n) => fill(free[n], file));
    if (!used.length) return false;
    form.querySelector(".compose-more").open = true;
    free[0].querySelector("textarea").focus();
    refresh();
    return true;
  };

  button.addEventListener("click", () => pick.click());
  pick.addEventListener("change", () => {
    add(pick.files);
    pick.value = "";
  });
  form.addEventListener("paste", (event) => {
    if (add(event.clipboardData?.files ?? [])) event.preventDefault();
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (add(event.dataTransfer?.files ?? [])) event.preventDefault();
  });
  slots.forEach((slot) => {
    slot.querySelector("[data-drop-picture]").addEventListener("click", () => {
      drop(slot);
      refresh();
      button.focus();
    });
  });
}

/* Vote, echo, bookmark: shown at once, sent behind, taken back if refused. */
async function press(form, event) {
  event.preventDefault();
  const button = form.querySelector("button");
  if (form.dataset.busy) return;
  const was = button.getAttribute("aria-pressed") === "true";
  const sent = new FormData(form);
  const address = form.getAttribute("action");
  const show = (on) => {
    button.setAttribute("aria-pressed", String(on));
    button.classList.toggle("is-fresh", on);
    form.setAttribute("action", on ? form.dataset.undo : form.dataset.do);
    const count = button.querySelector("[data-count]");
    if (!count) return;
    const before = Number(count.dataset.count);
    const next = Math.max(0, before + (on ? 1 : -1));
    count.dataset.count = String(next);
    if (next < 10_000) count.textContent = next ? next.toLocaleString(root.lang) : "";
  };
  form.dataset.busy = "1";
  show(!was);
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: new URLSearchParams([...sent].map(([name, value]) => [name, String(value)])),
      headers: { "HX-Request": "true" },
      redirect: "manual",
    });
    if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(String(answer.status));
  } catch {
    show(was);
  } finally {
    delete form.dataset.busy;
  }
}

/* New posts are announced, never pushed under the reader's eyes. */
function startStream(pill) {
  let count = 0;
  const source = new EventSource(pill.dataset.stream);
  const title = document.title;
  source.addEventListener("update", () => {
    count += 1;
    pill.textContent = count === 1 ? pill.dataset.one : pill.dataset.many.replace("{n}", String(count));
    pill.hidden = false;
    document.title = `(${count}) ${title}`;
  });
  source.addEventListener("delete", (event) => {
    all(`[data-post$="/${CSS.escape(event.data)}"]`).forEach((post) => post.remove());
  });
  addEventListener("pagehide", () => source.close());
}

/* Light or dark: kept in a cookie, so that the server's first byte already knows. */
function turnTheme() {
  const dark = root.dataset.theme === "dark" || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax${secure}`;
}

/* Full dates come in UTC; show them by the clock on the wall. */
function showClock(time) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) time.textContent = at.toLocaleString(root.lang, { dateStyle: "long", timeStyle: "short" });
}

async function copy(element, event) {
  const text = element.dataset.copy;
  if (!text || !navigator.clipboard) return;
  event.preventDefault();
  await navigator.clipboard.writeText(text);
  (element.querySelector("span") ?? element).textContent = element.dataset.copied;
}

/* From a problem to its line in the text that is being written. */
function toLine(link, event) {
  const area = document.querySelector(link.getAttribute("href"));
  const lines = area?.value.split("\n");
  if (!lines) return;
  event.preventDefault();
  const line = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, line).join("\n").length + (line ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + lines[line].length);
  area.scrollTop = Math.max(0, (area.scrollHeight / lines.length) * line - area.clientHeight / 3);
}

/* Keys: j and k walk the posts, o opens, v votes, e echoes, b bookmarks, r replies, n writes, / searches. */
const ACTS = { v: "vote", e: "echo", b: "bookmark", r: "reply" };

function walk(step) {
  const posts = all(".post");
  const at = posts.indexOf(document.activeElement?.closest(".post"));
  const next = posts[Math.max(0, Math.min(posts.length - 1, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; });
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const post = document.activeElement?.closest(".post");
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  else if (event.key === "o" && post?.dataset.post) location.assign(post.dataset.post);
  else if (ACTS[event.key] && post) post.querySelector(`[data-act="${ACTS[event.key]}"]`)?.click();
  else if (event.key === "n" || event.key === "/") {
    const target = document.querySelector(event.key === "n" ? ".compose-text" : "[data-key='/']");
    if (target) {
      event.preventDefault();
      target.focus();
    } else location.assign(event.key === "n" ? "/compose" : "/search");
  }
});

addEventListener("click", (event) => {
  const inside = event.target.closest("details.menu");
  all("details.menu[open]").forEach((menu) => { if (menu !== inside) menu.open = false; });
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied, event);
  if (event.target.closest("[data-theme-toggle]")) turnTheme();
  const problem = event.target.closest("a[data-line]");
  if (problem) toLine(problem, event);
});

addEventListener("submit", (event) => {
  if (event.target.matches("[data-toggle]")) press(event.target, event);
});

all("[data-compose]").forEach((form) => {
  startCounter(form);
  startPictures(form);
});
all("time[data-clock]").forEach(showClock);
all("[data-stream]").forEach(startStream);
document.querySelector("[data-focus]")?.focus();
if (document.querySelector("[data-passkey]")) import("./passkey.js");
if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
