// What a thread that does I/O does first.
//
// Thread: the one that is to be set up.
#pragma once

#include <string>

namespace tocsin::runtime {

// Name the calling thread (at most 15 bytes are shown by the system), set its niceness as in
// nice(2), and let a write to a connection that is gone be an error instead of SIGPIPE: OpenSSL's
// sockets write without MSG_NOSIGNAL.
void begin_io_thread(const std::string& name, int niceness);

}  // namespace tocsin::runtime
