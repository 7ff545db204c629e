/* AdamW (Loshchilov, Hutter, arXiv 1711.05101) with an exponential average of the parameters. */

KERNEL void adamw(real *p, real *m, real *v, real *average, const real *gradient, size_t count,
                  const ornstein_adamw_settings *settings) {
  const vec scale = (vec)(real)settings->gradient_scale;
  const vec keep1 = (vec)(real)settings->beta1, take1 = (vec)(real)(1 - settings->beta1);
  const vec keep2 = (vec)(real)settings->beta2, take2 = (vec)(real)(1 - settings->beta2);
  const vec correction2 = (vec)(real)settings->correction2;
  const vec rate = (vec)(real)(-settings->learning_rate * settings->correction1);
  const vec decay = (vec)(real)(1 - settings->learning_rate * settings->weight_decay);
  const vec epsilon = (vec)(real)settings->epsilon;
  const vec average_rate = (vec)(real)settings->average_rate;
#define BODY(READ, WRITE)                                              \
  vec g = READ(gradient) * scale;                                      \
  vec first = fused(keep1, READ(m), take1 * g);                        \
  vec second = fused(keep2, READ(v), take2 * (g * g));                 \
  vec step = first / (square_root(second * correction2) + epsilon);    \
  vec parameter = fused(rate, step, READ(p) * decay);                  \
  vec mean = READ(average);                                            \
  WRITE(m, first);                                                     \
  WRITE(v, second);                                                    \
  WRITE(p, parameter);                                                 \
  WRITE(average, fused(average_rate, parameter - mean, mean));
  FOR_VECTORS(count, BODY);
#undef BODY
}
