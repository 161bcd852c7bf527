// Compact TLS sessions against a peer that knows nothing of them: `openssl s_client` as a child
// process, and OpenSSL's library where s_client cannot do what is needed.
//
// The server is HandshakePool and TlsSession with an echo on top: a line comes back as it is,
// except
//   UPDATE   a KeyUpdate without a request goes before the echo
//   ASK      a KeyUpdate with a request goes before the echo
//   MEGABYTE one million bytes of 'm' go before the echo
//   BYE      close_notify instead of an echo
#include <atomic>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "runtime/tls/handshake_pool.h"

#include "tests/unit/runtime/tls_test_peer.h"

extern char** environ;

namespace tocsin::runtime {
namespace {

constexpr size_t megabyte = 1'000'000;

// -- The server ----------------------------------------------------------------------------------

struct EchoConnection {
  explicit EchoConnection(Handshaken from) : handshaken(std::move(from)) {
    in.swap(handshaken.early_input);
  }

  Handshaken handshaken;
  Bytes in;
  Bytes text;
  Bytes out;
  bool closing = false;  // our side is shut
};

class EchoServer {
 public:
  EchoServer() : pool_(*HandshakePool::create(test_certificates().identity, {})) {
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fcntl(listener_.fd(), F_SETFL, O_NONBLOCK);
    thread_ = std::thread([this] { run(); });
  }
  ~EchoServer() {
    stopping_ = true;
    wake();
    thread_.join();
    pool_.reset();
    close(wake_);
  }

  uint16_t port() const { return listener_.port(); }
  // What the last connection ended with: ok while it lives.
  wire::Code last_code() const { return last_code_; }
  uint32_t key_updates_answered() const { return key_updates_answered_; }

 private:
  void wake() {
    const uint64_t one = 1;
    TOCSIN_CHECK(write(wake_, &one, sizeof one) == sizeof one);
  }

  void run() {
    while (!stopping_) {
      std::vector<pollfd> watched = {{wake_, POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
      for (const auto& [fd, connection] : connections_) {
        watched.push_back({fd, static_cast<short>(connection->out.empty() ? POLLIN : POLLOUT), 0});
      }
      poll(watched.data(), watched.size(), patience_ms);
      if (watched[0].revents != 0) take_handshaken();
      if (watched[1].revents != 0) accept_all();
      for (size_t i = 2; i < watched.size(); ++i) {
        if (watched[i].revents != 0) serve(watched[i].fd);
      }
    }
  }

  void accept_all() {
    for (int fd = listener_.accept_one(); fd >= 0; fd = listener_.accept_one()) {
      const bool admitted = pool_->submit(fd, [this](absl::StatusOr<Handshaken> outcome) {
        if (!outcome.ok()) return;
        const std::lock_guard lock(mutex_);
        arrived_.push_back(std::make_unique<EchoConnection>(*std::move(outcome)));
        wake();
      });
      if (!admitted) close(fd);
    }
  }

  void take_handshaken() {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(wake_, &count, sizeof count);
    std::vector<std::unique_ptr<EchoConnection>> arrived;
    {
      const std::lock_guard lock(mutex_);
      arrived.swap(arrived_);
    }
    for (auto& connection : arrived) {
      const int fd = connection->handshaken.socket.fd();
      last_code_ = wire::Code::ok;
      EchoConnection& at = *(connections_[fd] = std::move(connection));
      if (!digest(at) || !flush(at)) connections_.erase(fd);
    }
  }

  void serve(int fd) {
    EchoConnection& connection = *connections_.at(fd);
    bool alive = flush(connection);
    if (alive && connection.out.empty()) alive = receive(connection) && flush(connection);
    if (!alive) connections_.erase(fd);
  }

  bool receive(EchoConnection& connection) {
    uint8_t buffer[16 * 1024];
    const ssize_t got = recv(connection.handshaken.socket.fd(), buffer, sizeof buffer, 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    append(connection.in, {buffer, static_cast<size_t>(got)});
    return digest(connection);
  }

  // Open what arrived and answer it. False when the connection is to be closed.
  bool digest(EchoConnection& connection) {
    wire::TlsSession& session = connection.handshaken.session;
    const size_t out_before = connection.out.size();
    const auto fed = session.feed(engine_, connection.in, connection.text, connection.out);
    if (connection.out.size() != out_before) ++key_updates_answered_;
    connection.in.erase(connection.in.begin(),
                        connection.in.begin() + static_cast<ptrdiff_t>(fed.used));
    answer_lines(connection);
    if (fed.code == wire::Code::ok) return true;
    last_code_ = fed.code;
    const bool orderly = fed.code == wire::Code::closed;
    session.seal_alert(engine_, orderly ? wire::TlsAlert::close_notify : fed.alert, connection.out);
    connection.closing = true;
    return true;
  }

  void answer_lines(EchoConnection& connection) {
    while (!connection.closing) {
      const size_t end = as_text(connection.text).find('\n');
      if (end == std::string_view::npos) return;
      const std::string line(as_text(connection.text).substr(0, end));
      connection.text.erase(connection.text.begin(),
                            connection.text.begin() + static_cast<ptrdiff_t>(end + 1));
      answer(connection, line);
    }
  }

  void answer(EchoConnection& connection, const std::string& line) {
    wire::TlsSession& session = connection.handshaken.session;
    Bytes& out = connection.out;
    if (line == "BYE") {
      EXPECT_EQ(session.seal_alert(engine_, wire::TlsAlert::close_notify, out), wire::Code::ok);
      connection.closing = true;
      return;
    }
    if (line == "UPDATE" || line == "ASK") {
      EXPECT_EQ(session.seal_key_update(engine_, line == "ASK", out), wire::Code::ok);
    }
    if (line == "MEGABYTE") {
      EXPECT_EQ(session.seal(engine_, as_bytes(std::string(megabyte, 'm')), out), wire::Code::ok);
    }
    EXPECT_EQ(session.seal(engine_, as_bytes("echo " + line + "\n"), out), wire::Code::ok);
  }

  // Send what there is. False when the connection is done or gone.
  bool flush(EchoConnection& connection) {
    while (!connection.out.empty()) {
      const ssize_t sent = send(connection.handshaken.socket.fd(), connection.out.data(),
                                connection.out.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN;
      connection.out.erase(connection.out.begin(), connection.out.begin() + sent);
    }
    if (connection.closing) shutdown(connection.handshaken.socket.fd(), SHUT_WR);
    return true;
  }

  LoopbackListener listener_;
  std::unique_ptr<HandshakePool> pool_;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<wire::Code> last_code_{wire::Code::ok};
  std::atomic<uint32_t> key_updates_answered_{0};
  std::mutex mutex_;
  std::vector<std::unique_ptr<EchoConnection>> arrived_;  // guarded by mutex_
  wire::TlsEngine engine_;
  std::map<int, std::unique_ptr<EchoConnection>> connections_;
  std::thread thread_;
};

// -- openssl s_client ----------------------------------------------------------------------------

// The program as a child: lines in, text out.
class SClient {
 public:
  SClient(uint16_t port, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"openssl",
                                      "s_client",
                                      "-connect",
                                      "localhost:" + std::to_string(port),
                                      "-4",
                                      "-alpn",
                                      "tocsin/1",
                                      "-CAfile",
                                      test_certificates().ca_file,
                                      "-verify_return_error",
                                      "-verify_hostname",
                                      "localhost",
                                      "-msg"};
    words.insert(words.end(), more.begin(), more.end());
    int in[2];
    int out[2];
    TOCSIN_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    TOCSIN_CHECK(posix_spawnp(&pid_, "openssl", &actions, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    to_child_ = in[1];
    from_child_ = out[0];
  }
  ~SClient() {
    end_input();
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
    close(from_child_);
  }
  SClient(const SClient&) = delete;
  SClient& operator=(const SClient&) = delete;

  // s_client looks at the first letter of each read for its own commands, so wait for an answer
  // between lines.
  void say(const std::string& line) {
    const std::string text = line + "\n";
    ASSERT_EQ(write(to_child_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end_input() {
    if (to_child_ >= 0) close(to_child_);
    to_child_ = -1;
  }

  // Read until `text` has come up to now `times` times.
  bool shows(const std::string& text, size_t times = 1) {
    const uint64_t deadline_ms = monotonic_ms() + patience_ms;
    while (count(text) < times) {
      if (monotonic_ms() > deadline_ms || !read_more()) break;
    }
    return count(text) >= times;
  }
  // Read to its end.
  bool ends() {
    while (read_more()) {
    }
    int status = 0;
    const uint64_t deadline_ms = monotonic_ms() + patience_ms;
    while (pid_ > 0 && monotonic_ms() < deadline_ms) {
      if (waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
      poll(nullptr, 0, 1);
    }
    return pid_ < 0;
  }
  size_t count(const std::string& text) const {
    size_t found = 0;
    for (size_t at = output_.find(text); at != std::string::npos; at = output_.find(text, at + 1)) {
      ++found;
    }
    return found;
  }
  const std::string& output() const { return output_; }

 private:
  bool read_more() {
    pollfd readable{from_child_, POLLIN, 0};
    if (poll(&readable, 1, patience_ms) != 1) return false;
    char buffer[65536];
    const ssize_t got = read(from_child_, buffer, sizeof buffer);
    if (got <= 0) return false;
    output_.append(buffer, static_cast<size_t>(got));
    return true;
  }

  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string output_;
};

constexpr char key_update_in[] = "<<< TLS 1.3, Handshake [length 0005], KeyUpdate";
constexpr char key_update_out[] = ">>> TLS 1.3, Handshake [length 0005], KeyUpdate";
constexpr char ticket_in[] = "NewSessionTicket";

class TlsInteropWithSuite : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Suites, TlsInteropWithSuite,
                         ::testing::Values("TLS_AES_128_GCM_SHA256",
                                           "TLS_CHACHA20_POLY1305_SHA256"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "Aes128Gcm" : "ChaCha20");
                         });

TEST_P(TlsInteropWithSuite, DataAndKeyUpdatesBothWays) {
  EchoServer server;
  SClient client(server.port(), {"-ciphersuites", GetParam()});
  ASSERT_TRUE(client.shows(ticket_in)) << client.output();
  client.say("hello");
  ASSERT_TRUE(client.shows("echo hello")) << client.output();
  EXPECT_GE(client.count(std::string("Cipher is ") + GetParam()), 1u);

  client.say("k");  // s_client: KeyUpdate, not requested
  ASSERT_TRUE(client.shows(key_update_out)) << client.output();
  client.say("after k");
  ASSERT_TRUE(client.shows("echo after k")) << client.output();
  EXPECT_EQ(client.count(key_update_in), 0u);

  client.say("K");  // s_client: KeyUpdate, requested
  ASSERT_TRUE(client.shows(key_update_in)) << client.output();
  client.say("after big k");
  ASSERT_TRUE(client.shows("echo after big k")) << client.output();
  EXPECT_EQ(server.key_updates_answered(), 1u);

  client.say("UPDATE");
  ASSERT_TRUE(client.shows("echo UPDATE")) << client.output();
  EXPECT_EQ(client.count(key_update_in), 2u);
  EXPECT_EQ(client.count(key_update_out), 2u);

  client.say("ASK");
  ASSERT_TRUE(client.shows("echo ASK")) << client.output();
  client.say("after request");
  ASSERT_TRUE(client.shows("echo after request")) << client.output();
  EXPECT_EQ(client.count(key_update_out), 3u);  // OpenSSL answers when it next writes
  EXPECT_EQ(server.last_code(), wire::Code::ok);
}

TEST(TlsInterop, OurCloseNotifyEndsSClient) {
  EchoServer server;
  SClient client(server.port());
  ASSERT_TRUE(client.shows(ticket_in)) << client.output();
  client.say("BYE");
  ASSERT_TRUE(client.ends()) << client.output();
  EXPECT_EQ(client.count("<<< TLS 1.3, Alert [length 0002], warning close_notify"), 1u)
      << client.output();
}

// Ask until it is so; for what the server learns a moment later.
template <typename Condition>
bool becomes_true(Condition condition) {
  const uint64_t deadline_ms = monotonic_ms() + patience_ms;
  while (!condition() && monotonic_ms() < deadline_ms) poll(nullptr, 0, 1);
  return condition();
}

TEST(TlsInterop, SClientsCloseNotifyIsUnderstood) {
  EchoServer server;
  SClient client(server.port());
  ASSERT_TRUE(client.shows(ticket_in)) << client.output();
  client.say("Q");  // s_client: quit
  ASSERT_TRUE(client.ends()) << client.output();
  EXPECT_TRUE(becomes_true([&] { return server.last_code() == wire::Code::closed; }));
}

TEST(TlsInterop, AMegabyteArrivesWhole) {
  EchoServer server;
  OpensslClient client;
  ASSERT_TRUE(client.connect(server.port()));
  ASSERT_TRUE(client.write("MEGABYTE\n"));
  EXPECT_EQ(client.read(megabyte), std::string(megabyte, 'm'));
  EXPECT_EQ(client.read(14), "echo MEGABYTE\n");
}

TEST(TlsInterop, ALongLineOfManyRecordsComesBackWhole) {
  EchoServer server;
  OpensslClient client;
  ASSERT_TRUE(client.connect(server.port()));
  const std::string line(100'000, 'x');
  ASSERT_TRUE(client.write(line + "\n"));
  EXPECT_EQ(client.read(5 + line.size() + 1), "echo " + line + "\n");
}

TEST(TlsInterop, SClientResumes) {
  EchoServer server;
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/session";
  {
    SClient client(server.port(), {"-sess_out", file});
    ASSERT_TRUE(client.shows(ticket_in)) << client.output();
    client.say("BYE");
    ASSERT_TRUE(client.ends()) << client.output();
  }
  SClient client(server.port(), {"-sess_in", file});
  ASSERT_TRUE(client.shows("Reused, TLSv1.3")) << client.output();
  client.say("again");
  EXPECT_TRUE(client.shows("echo again")) << client.output();
}

TEST(TlsInterop, HelloRetryRequestLeadsToASessionToo) {
  EchoServer server;
  // The first share is for a group we do not take, the second group is one we do.
  SClient client(server.port(), {"-groups", "P-384:P-256"});
  ASSERT_TRUE(client.shows(ticket_in)) << client.output();
  EXPECT_EQ(client.count("ClientHello"), 2u) << client.output();
  client.say("hello");
  EXPECT_TRUE(client.shows("echo hello")) << client.output();
}

TEST(TlsInterop, ANegotiatedFragmentLimitIsHonoured) {
  EchoServer server;
  OpensslClient client({.max_fragment_code = TLSEXT_max_fragment_length_512});
  ASSERT_TRUE(client.connect(server.port()));
  ASSERT_TRUE(client.write("MEGABYTE\n"));
  // OpenSSL refuses larger records by itself once the limit is negotiated.
  EXPECT_EQ(client.read(megabyte).size(), megabyte);
  EXPECT_EQ(SSL_SESSION_get_max_fragment_length(SSL_get_session(client.ssl())),
            TLSEXT_max_fragment_length_512);
}

TEST(TlsInterop, PaddedRecordsAreUnderstood) {
  EchoServer server;
  OpensslClient client;
  SSL_set_block_padding(client.ssl(), 4096);
  ASSERT_TRUE(client.connect(server.port()));
  ASSERT_TRUE(client.write("padded\n"));
  EXPECT_EQ(client.read(12), "echo padded\n");
}

TEST(TlsInterop, KeyUpdatesOfTheLibraryBothWays) {
  EchoServer server;
  OpensslClient client;
  ASSERT_TRUE(client.connect(server.port()));
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_TRUE(client.write("ASK\n"));
    ASSERT_EQ(client.read(9), "echo ASK\n");
  }
  EXPECT_EQ(client.key_updates_received(), 10);  // five answers, five of the server's own
  EXPECT_EQ(server.key_updates_answered(), 5u);
}

TEST(TlsInterop, ATamperedRecordIsRefusedWithBadRecordMac) {
  EchoServer server;
  OpensslClient client;
  ASSERT_TRUE(client.connect(server.port()));
  ASSERT_TRUE(client.write("good\n"));
  ASSERT_EQ(client.read(10), "echo good\n");
  // A record of the right shape that no key of this connection made.
  Bytes forged = {23, 3, 3, 0, 40};
  forged.resize(45, 0x5a);
  ASSERT_EQ(send(client.fd(), forged.data(), forged.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(forged.size()));
  EXPECT_EQ(client.read(1), "");
  EXPECT_EQ(client.alert_received(), SSL_AD_BAD_RECORD_MAC);
  EXPECT_EQ(server.last_code(), wire::Code::unauthenticated);
}

TEST(TlsInterop, ADirectionMayCloseBeforeTheOther) {
  EchoServer server;
  OpensslClient client;
  ASSERT_TRUE(client.connect(server.port()));
  ASSERT_TRUE(client.write("last words\n"));
  ASSERT_EQ(SSL_shutdown(client.ssl()), 0);  // sent ours, theirs is due
  EXPECT_EQ(client.read(16), "echo last words\n");
  EXPECT_TRUE(client.read_close());
  EXPECT_EQ(server.last_code(), wire::Code::closed);
}

TEST(TlsInterop, SClientWithTls12IsRefused) {
  EchoServer server;
  SClient client(server.port(), {"-tls1_2"});
  EXPECT_TRUE(client.ends()) << client.output();
  EXPECT_GE(client.count("alert protocol version"), 1u) << client.output();
}

}  // namespace
}  // namespace tocsin::runtime
