import { firingAlerts } from './alerts.js';
import { follow, hasToken, Unauthorized, useToken } from './api.js';
import { delayLines } from './delays.js';
import { servicesView, serviceView } from './services.js';
import { ago, redraw } from './show.js';

const view = document.getElementById('view');
const status = document.getElementById('status');
const alerts = document.getElementById('alerts');
const delay = document.getElementById('delay');
const problem = document.getElementById('problem');
const tokenForm = document.getElementById('token');

let drawing = false;
let again = false;
let wake = () => {};

/** Draws what the address asks for. News that come while drawing make one more drawing, not a queue of them. */
async function draw() {
  again = true;
  if (drawing) return;
  drawing = true;
  while (again) {
    again = false;
    await show().catch(failed);
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, 1000);
    });
  }
  drawing = false;
}

async function show() {
  const { hash } = location;
  const [, service] = hash.match(/^#\/services\/(.+)$/) ?? [];
  const [{ content, as_of }, firing] = await Promise.all([
    service ? serviceView(decodeURIComponent(service)) : servicesView(refiltered),
    firingAlerts(),
  ]);
  if (location.hash !== hash) return;
  tokenForm.hidden = true;
  problem.hidden = true;
  redraw(view, content);
  redraw(delay, delayLines(firing.delays));
  redraw(alerts, firing.lines);
  status.textContent = timeLine(as_of);
  document.title = firing.count > 0 ? `(${firing.count}) Meshpulse` : 'Meshpulse';
}

function timeLine(as_of) {
  if (as_of === undefined) return '';
  return as_of === null ? 'waiting for the first request' : `as of ${ago(as_of)}`;
}

/** Typing in the filter asks the server nothing. */
const refiltered = (content) => redraw(view, content);

function failed(error) {
  if (error instanceof Unauthorized) askForToken();
  // What is no answer at all has no words of the server.
  if (!(error instanceof TypeError)) return tell(error.message);
  status.textContent = 'not connected';
  const old = view.hasChildNodes() ? ' What is below is from before.' : '';
  tell(`The server does not answer.${old}`);
}

function askForToken() {
  status.textContent = '';
  view.replaceChildren();
  delay.replaceChildren();
  alerts.replaceChildren();
  if (!tokenForm.hidden) return;
  tokenForm.hidden = false;
  tokenForm.elements.token.focus();
}

function tell(text) {
  // A first visit without a token is no problem yet.
  problem.hidden = !tokenForm.hidden && !hasToken();
  if (problem.textContent !== text) problem.textContent = text;
}

tokenForm.addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(new FormData(tokenForm).get('token'));
  tokenForm.reset();
  void draw();
  wake();
});
addEventListener('hashchange', () => {
  view.replaceChildren();
  void draw();
  wake();
});

void draw();
// Without news the numbers grow old all the same.
setInterval(() => tokenForm.hidden && void draw(), 5000);
void follow(draw, failed);
