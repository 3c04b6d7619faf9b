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
    if (event.defaultPrevented || form.dataset.put) return;
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

  function upload(form) {
    const file = form.querySelector("input[type=file]").files[0];
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

  document.querySelectorAll("form[data-put]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      upload(form);
    });
  });

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
