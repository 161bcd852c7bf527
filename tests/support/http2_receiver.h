// A webhook's receiver that speaks HTTP/2, by Node.js in a process of its own: answers 200, and says
// in Retry-After by which version and on which connection it was asked: "2.0 1".
//
// Thread: the test's.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::test {

class Http2Receiver {
 public:
  explicit Http2Receiver(const runtime::TlsIdentity& identity) {
    char name[] = "/tmp/tocsin-test-XXXXXX";
    folder_ = mkdtemp(name);
    std::ofstream(folder_ + "/cert.pem") << identity.certificate_chain_pem;
    std::ofstream(folder_ + "/key.pem") << identity.private_key_pem;
    int ends[2];
    TOCSIN_CHECK(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    const char* const words[] = {"node", "-e", script, folder_.c_str(), nullptr};
    if (posix_spawnp(&pid_, "node", &actions, nullptr, const_cast<char**>(words), environ) != 0) {
      pid_ = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    port_ = read_port(ends[0]);
    close(ends[0]);
  }
  ~Http2Receiver() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(folder_);
  }
  Http2Receiver(const Http2Receiver&) = delete;
  Http2Receiver& operator=(const Http2Receiver&) = delete;

  // Whether there is a Node.js, and it serves.
  bool is_up() const { return port_ != 0; }
  std::string url() const { return fmt::format("https://127.0.0.1:{}/hook", port_); }

 private:
  static constexpr char script[] = R"js(
const fs = require("node:fs");
const [cert, key] = ["cert", "key"].map((name) => fs.readFileSync(`${process.argv[1]}/${name}.pem`));
const server = require("node:http2").createSecureServer({ cert, key, allowHTTP1: true });
let connections = 0;
server.on("secureConnection", (socket) => { socket.number = ++connections; });
server.on("request", (request, response) => {
  const { number } = request.stream?.session.socket ?? request.socket;
  request.resume().on("end", () => {
    response.setHeader("retry-after", `${request.httpVersion} ${number}`);
    response.end("taken");
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
)js";

  // 0: it ended without one.
  static uint16_t read_port(int from) {
    std::string line;
    char byte;
    while (read(from, &byte, 1) == 1 && byte != '\n') line += byte;
    return static_cast<uint16_t>(std::strtoul(line.c_str(), nullptr, 10));
  }

  std::string folder_;
  pid_t pid_ = -1;
  uint16_t port_ = 0;
};

}  // namespace tocsin::test
