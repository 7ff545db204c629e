#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The driver waits for each line, so none may stay in a buffer.
func flushStandardOutput() { fflush(nil) }
