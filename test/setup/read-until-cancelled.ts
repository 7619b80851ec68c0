import { cancelled, heartbeat } from '@temporalio/activity';

/** An activity's work that makes no progress, and ends when it is cancelled. */
export async function readUntilCancelled(): Promise<never> {
  const beat = setInterval(() => {
    heartbeat();
  }, 20);
  try {
    return await cancelled();
  } finally {
    clearInterval(beat);
  }
}
