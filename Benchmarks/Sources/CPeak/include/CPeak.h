/* The machine's own limit: multiply-adds in single precision on registers, nothing else. */
#ifndef ORNSTEIN_CPEAK_H
#define ORNSTEIN_CPEAK_H

/* Runs about `flops` floating-point operations (a multiply-add counts two) on each of `threads`
 * threads, on the widest instruction set of the machine, and returns how many were run in total;
 * 0 if the threads cannot be made. Thread t is bound to the t-th processor this process may use,
 * where the system lets it. */
double ornstein_peak_run(double flops, int threads);
/* The instruction set that ornstein_peak_run uses. */
const char *ornstein_peak_isa(void);

/* Binds the calling thread to the processor-th processor it could use at the first call; -1 gives all
 * of them back. */
void ornstein_bind_caller(int processor);

#endif
