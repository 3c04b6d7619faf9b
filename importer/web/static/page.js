// Upload with progress, live progress of a run, and no form that is sent twice. Everything works without it, too.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const count = (number) => Number(number).toLocaleString("en-US");

  // Digits are grouped as the page does, as text: a number would round them.
  const money = (text) => {
    const [whole, part = ""] = text.split(".");
    return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${part.padEnd(2, "0")}`;
  };

  // A form is sent once; Back makes it usable again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.classList.contains("upload")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", (event) => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    if (event.persisted) location.reload();
  });

  const chosen = (form) => form.querySelector("input[type=file]");

  // Begin an import; the answer leads to its page. Another try goes on with the same import.
  async function begin(form) {
    const answer = await fetch(form.dataset.begin, {
      method: "POST",
      body: new URLSearchParams({ name: form.elements.name.value }),
    });
    if (answer.redirected) return new URL(answer.url).pathname;
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error || `Not taken (${answer.status}).`);
  }

  async function upload(form) {
    const file = chosen(form).files[0];
    if (!file) return;
    const going = form.querySelector(".going");
    const bar = going.querySelector("progress");
    const said = going.querySelector("[role=status]");
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    const most = Number(form.dataset.most);
    const ended = (text) => {
      said.textContent = text;
      button.disabled = false;
    };
    going.hidden = false;
    if (file.size > most) {
      ended(`The file is larger than this page takes (${(most / 1048576).toFixed(0)} MiB).`);
      return;
    }
    button.disabled = true;
    try {
      form.dataset.put ||= `${await begin(form)}/file`;
    } catch (error) {
      ended(error.message);
      return;
    }
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = (100 * event.loaded) / event.total;
      const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
      said.textContent = `${megabytes(event.loaded)} of ${megabytes(event.total)} MiB`;
    });
    request.addEventListener("load", () => {
      if (request.status === 201) {
        location.assign(request.getResponseHeader("Location"));
        return;
      }
      let text = `Not taken (${request.status}).`;
      try {
        text = JSON.parse(request.responseText).error;
      } catch {
        // What answered was not this page.
      }
      ended(text);
    });
    request.addEventListener("error", () => ended("The upload broke off. Nothing was kept; try again."));
    request.open("PUT", `${form.dataset.put}?name=${encodeURIComponent(file.name)}`);
    request.send(file);
  }

  // A file that is dropped anywhere on the page is chosen; what is done with it is for the button to say.
  function choose(form, file) {
    const files = new DataTransfer();
    files.items.add(file);
    chosen(form).files = files.files;
    const name = form.elements.name;
    if (name && !name.value) name.value = file.name.replace(/\.[^.]*$/, "");
    const box = form.closest("details");
    if (box) box.open = true;
    form.querySelector("button").focus();
  }

  document.querySelectorAll("form.upload").forEach((form) => {
    form.querySelectorAll(".script").forEach((part) => (part.hidden = false));
    form.addEventListener("submit", (event) => {
      if (form.dataset.begin && !chosen(form).files[0] && !form.dataset.sent) {
        form.dataset.sent = "yes"; // without a file it goes as any form does
        return;
      }
      event.preventDefault();
      upload(form);
    });
    chosen(form).addEventListener("change", () => chosen(form).files[0] && choose(form, chosen(form).files[0]));
  });

  const holdsFiles = (event) => event.dataTransfer && event.dataTransfer.types.includes("Files");
  const target = document.querySelector("form.upload");
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = target ? "copy" : "none";
    document.body.classList.toggle("drop", Boolean(target));
  });
  for (const over of ["dragleave", "drop"]) addEventListener(over, () => document.body.classList.remove("drop"));
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (target && event.dataTransfer.files[0]) choose(target, event.dataTransfer.files[0]);
  });

  // What a link leads to may stand in a part that is closed; not every browser opens it.
  function open() {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = place && place.closest("details:not([open])"); box; box = box.parentElement.closest("details:not([open])")) {
      box.open = true;
      place.scrollIntoView();
    }
  }
  addEventListener("hashchange", open);
  open();

  function left(seconds) {
    if (seconds === null) return "…";
    return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  }

  function show(state) {
    const verdict = byId("verdict");
    if (String(state.stopping) !== verdict.dataset.stopping || state.state !== verdict.dataset.state || (!state.busy && !state.waiting && state.state !== "running")) {
      location.reload();
      return;
    }
    const now = state.progress;
    if (!now || !byId("bar")) return;
    byId("bar").value = now.percent;
    byId("p-settled").textContent = count(now.settled);
    byId("p-to_post").textContent = count(now.to_post);
    byId("p-rows_a_second").textContent = now.rows_a_second === null ? "…" : count(now.rows_a_second);
    byId("p-eta").textContent = left(now.eta_s);
    const recorded = state.summary && state.summary.by_status.recorded;
    byId("p-recorded").textContent = recorded ? money(recorded.revenue) : "0.00";
    byId("p-held").hidden = !now.held_up;
    byId("p-held").textContent = now.held_up || "";
  }

  // A browser opens six connections to one server: one tab listens, and tells the others.
  function listen(address) {
    const others = new BroadcastChannel(address);
    others.addEventListener("message", (event) => show(event.data));
    const tell = () =>
      new Promise((done) => {
        const source = new EventSource(address);
        source.addEventListener("state", (event) => {
          const state = JSON.parse(event.data);
          others.postMessage(state);
          show(state);
        });
        source.addEventListener("end", () => {
          source.close();
          done();
        });
        // It was refused: the session is over, or a proxy is in the way. The page itself says which.
        source.addEventListener("error", () => {
          if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
        });
      });
    if (navigator.locks) navigator.locks.request(address, tell);
    else tell();
  }

  const verdict = byId("verdict");
  if (verdict && verdict.dataset.events) listen(verdict.dataset.events);
})();
