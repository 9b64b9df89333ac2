import { close } from 'node:inspector';
/**
 * The very first import of the program. Without a handler, SIGUSR2 ends a process and SIGUSR1 makes Node open its
 * inspector on 127.0.0.1:9229, where any local user can read the credentials out of memory. Here both are merely
 * survived; the watchdog adds listeners that mean something. An inspector that a signal opened before this line ran
 * is closed again.
 */
process.on('SIGUSR1', close);
process.on('SIGUSR2', () => { });
close();
setImmediate(close);
