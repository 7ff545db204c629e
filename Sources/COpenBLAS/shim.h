#ifndef ORNSTEIN_COPENBLAS_SHIM_H
#define ORNSTEIN_COPENBLAS_SHIM_H

/* The few prototypes we call, declared here because Debian's OpenBLAS ships no LAPACKE. */

void openblas_set_num_threads(int threads);
char *openblas_get_corename(void);

/* Present only in builds with run-time core dispatch (DYNAMIC_ARCH). */
void gotoblas_dynamic_quit(void) __attribute__((weak));
void gotoblas_dynamic_init(void) __attribute__((weak));

/* Chooses the kernels anew, reading OPENBLAS_CORETYPE; 0 if this build has one core type only. */
static inline int ornstein_openblas_reselect_core(void) {
  if (!gotoblas_dynamic_quit || !gotoblas_dynamic_init) return 0;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  return 1;
}

void cblas_dgemm(int order, int transposeA, int transposeB, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc);

void cblas_dsyrk(int order, int triangle, int transpose, int n, int k, double alpha,
                 const double *a, int lda, double beta, double *c, int ldc);

void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *ipiv, int *info);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
void dgelsd_(const int *m, const int *n, const int *nrhs, double *a, const int *lda, double *b,
             const int *ldb, double *s, const double *rcond, int *rank, double *work,
             const int *lwork, int *iwork, int *info);

#endif
