export const LISTEN = 2;
export const ESTABLISHED = 5;
export const FIN_WAIT_1 = 6;
export const CLOSE_WAIT = 8;
export const TIME_WAIT = 11;
