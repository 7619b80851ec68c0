import type { LogFacts } from '../core/log-facts.js';
import type { Remembered } from '../core/ports.js';
import type { UploadOutcome } from './start-upload.js';

/** What the log and the command line say of an upload that was dealt with. */
export function describeOutcome(outcome: UploadOutcome): { event: string; facts: LogFacts } {
  const { object } = outcome.upload;
  switch (outcome.kind) {
    case 'started':
      return { event: 'job started', facts: { workflowId: outcome.workflowId, ...object } };
    case 'found':
      return { event: 'already hashed', facts: { workflowId: outcome.workflowId, ...object } };
    case 'remembered':
      return {
        event: 'already hashed, as its labels say',
        facts: {
          ...object,
          where: outcome.remembered.where,
          digests: digestList(outcome.remembered.digests),
        },
      };
    case 'out-of-scope':
      return { event: 'out of scope', facts: { ...object, reason: outcome.reason } };
    case 'gone':
      return { event: 'object gone before its start', facts: { ...object } };
    case 'superseded':
      return { event: 'version superseded before its start', facts: { ...object } };
  }
}

function digestList(digests: Remembered['digests']): string[] {
  return Object.entries(digests).map((pair) => pair.join(':'));
}
