import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether the user has asked to stop (Ctrl-C, or a polite kill).
///
/// The first signal sets a flag, which long work looks at between steps, so that it ends with a
/// checkpoint; a second one ends the process at once.
enum Interruption {
  private static let requests = Atomic<Int>(0)

  /// Catches the signals; for verbs that look at the flag.
  static func catchSignals() {
    // A parent may start us from a thread that blocks signals, as those of Dispatch do.
    var caught = sigset_t()
    sigemptyset(&caught)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&caught, number)
      signal(number) { _ in
        if Interruption.requests.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      }
    }
    pthread_sigmask(SIG_UNBLOCK, &caught, nil)
  }

  /// Whether a signal came.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
