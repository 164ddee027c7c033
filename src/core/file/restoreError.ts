/** Something of a snapshot cannot be made from that of an earlier one: it does not say what it should, or the two do not fit. */
export class RestoreError extends Error {}
