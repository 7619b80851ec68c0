import type { BackfillPosition } from '../core/backfill.js';
import type { HashObjectInput } from '../core/contracts.js';

/** What a line of a list, or an entry of a listing, says. */
export type ListedEntry =
  | { readonly kind: 'object'; readonly object: HashObjectInput['object'] }
  /** A version that is not the current one, or a delete marker. */
  | { readonly kind: 'not-current' }
  /** It cannot be understood. */
  | { readonly kind: 'fault'; readonly where: string; readonly reason: string };

/** An entry, and how far its source has been dealt with once it has been. */
export type BackfillItem = ListedEntry & { readonly position: BackfillPosition };
