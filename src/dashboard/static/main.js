import { follow, get, Unauthorized, useToken } from './api.js';
import { servicesView, serviceView } from './services.js';
import { ago, el, serviceLink, words } from './show.js';

const view = document.getElementById('view');
const status = document.getElementById('status');
const alerts = document.getElementById('alerts');
const tokenForm = document.getElementById('token');

let drawing = null;
let again = false;

/** Draws what the address asks for. News that come while drawing make one more drawing, not a queue of them. */
function draw() {
  if (drawing !== null) {
    again = true;
    return;
  }
  drawing = show()
    .catch(failed)
    .then(() => new Promise((resolve) => setTimeout(resolve, 1000)))
    .then(() => {
      drawing = null;
      if (again) {
        again = false;
        draw();
      }
    });
}

async function show() {
  const [, service] = location.hash.match(/^#\/services\/(.+)$/) ?? [];
  const [{ content, as_of }, firing] = await Promise.all([
    service ? serviceView(decodeURIComponent(service)) : servicesView(),
    get('/alerts?status=firing'),
  ]);
  tokenForm.hidden = true;
  view.replaceChildren(...content);
  alerts.replaceChildren(...firing.alerts.map(alertLine));
  status.textContent = as_of === null ? 'waiting for the first request' : `as of ${ago(as_of)}`;
  document.title = firing.alerts.length > 0 ? `(${firing.alerts.length}) Meshpulse` : 'Meshpulse';
}

function alertLine({ service, starts_at, opened }) {
  const { failed, calls, not_permitted, basis, reason } = opened;
  const counts = basis === 'observed' ? `${not_permitted} refused` : `${failed} of ${calls} failed`;
  return el(
    'p',
    { class: 'alert' },
    el('strong', {}, 'Breaker open: ', serviceLink(service)),
    ` ${basis}, ${words(reason)}, ${counts}, ${ago(starts_at)}`,
  );
}

function failed(error) {
  tokenForm.hidden = !(error instanceof Unauthorized);
  status.textContent =
    error instanceof Unauthorized ? 'token wanted' : `not reachable: ${error.message}`;
}

tokenForm.addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(new FormData(tokenForm).get('token'));
  draw();
});
addEventListener('hashchange', () => {
  view.replaceChildren();
  draw();
});

draw();
// Without news the numbers grow old all the same.
setInterval(draw, 5000);
void follow(draw, failed);
