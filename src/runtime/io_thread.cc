#include "runtime/io_thread.h"

#include <csignal>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tocsin::runtime {

void begin_io_thread(const std::string& name, int niceness) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  if (niceness != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}

}  // namespace tocsin::runtime
