// Progress of what can take longer than a person likes to wait: searches over all of memory, walks over every
// process. Whoever works tells how far it is; nobody listens unless the command line does (cli/render/progress.ts).

/** `done` of `total`, of whatever unit. */
export type ProgressListener = (what: string, done: number, total: number) => void;

let listener: ProgressListener | undefined;

export function onProgress(listen: ProgressListener | undefined): void {
  listener = listen;
}

export function progress(what: string, done: number, total: number): void {
  listener?.(what, done, total);
}
