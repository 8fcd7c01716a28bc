import { compareSequence, type Sequence } from '../../model/breaker.ts';
import type { Views } from '../../views/views.ts';
import { alertJson } from '../shape/alerts.ts';
import { instantOrNull } from '../shape/basics.ts';
import { transitionJson } from '../shape/breakers.ts';
import { summaryJson } from '../shape/services.ts';
import type { Letter } from './mailbox.ts';

/** Milliseconds after which a client that lost the stream should come back. */
const RETRY_MS = 2000;

/**
 * A letter as text/event-stream (WHATWG HTML, 9.2.5). JSON has no line breaks of its own, so one `data` line holds it.
 * Null for the end, and for a service that has gone meanwhile.
 */
export function frameOf(letter: Letter, views: Views): string | null {
  switch (letter.kind) {
    case 'end':
      return null;
    case 'heartbeat':
      return ':\n\n';
    case 'snapshot':
      return snapshotFrame(views, letter.dropped);
    case 'state': {
      const state = views.service(letter.service);
      return state && event('state', state.sequence, summaryJson(state, views.breakers(state)));
    }
    case 'transition':
      return event('transition', letter.transition.sequence, transitionJson(letter.transition));
    case 'alert': {
      const { alert } = letter;
      return event('alert', alert.sequence, alertJson(alert, views.notifications(alert.key)));
    }
  }
}

function snapshotFrame(views: Views, dropped: number): string {
  const states = views.services();
  const firing = views.alerts().filter(({ status }) => status === 'firing');
  const newest = [...states, ...firing].reduce<Sequence>(
    (max, { sequence }) => (compareSequence(sequence, max) > 0 ? sequence : max),
    [0, 0],
  );
  const data = {
    as_of: instantOrNull(views.asOf()),
    dropped,
    services: states.map((state) => summaryJson(state, views.breakers(state))),
    alerts: firing.map((alert) => alertJson(alert, views.notifications(alert.key))),
  };
  return `retry: ${RETRY_MS}\n${event('snapshot', newest, data)}`;
}

function event(name: string, sequence: Sequence, data: unknown): string {
  return `event: ${name}\nid: ${sequence.join('-')}\ndata: ${JSON.stringify(data)}\n\n`;
}
