import { compareSequence, type Sequence } from '../../model/breaker.ts';
import type { ServiceState } from '../../model/state.ts';
import type { Views } from '../../views/views.ts';
import { alertOf } from '../shape/alerts.ts';
import { transitionJson } from '../shape/breakers.ts';
import { freshnessJson } from '../shape/delays.ts';
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
    // Whatever a client was told of their services is to be taken another way.
    case 'delays':
      return snapshotFrame(views, 0);
    case 'state': {
      const state = views.service(letter.service);
      return state && event('state', state.sequence, summaryOf(state, views));
    }
    case 'transition':
      return event('transition', letter.transition.sequence, transitionJson(letter.transition));
    case 'alert': {
      const { alert } = letter;
      return event('alert', alert.sequence, alertOf(alert, views));
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
    ...freshnessJson(views),
    dropped,
    services: states.map((state) => summaryOf(state, views)),
    alerts: firing.map((alert) => alertOf(alert, views)),
  };
  return `retry: ${RETRY_MS}\n${event('snapshot', newest, data)}`;
}

function summaryOf(state: ServiceState, views: Views) {
  return summaryJson(state, views.breakers(state), views.delayOf(state.service));
}

function event(name: string, sequence: Sequence, data: unknown): string {
  return `event: ${name}\nid: ${sequence.join('-')}\ndata: ${JSON.stringify(data)}\n\n`;
}
