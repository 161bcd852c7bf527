// Bodies that come in pieces, both ways: an answer that goes on, and an upload.
#include <atomic>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/http/http_server.h"
#include "runtime/http/https_client.h"

#include "tests/support/https_identity.h"
#include "tests/support/raw_tls_client.h"

namespace tocsin::runtime {
namespace {

using test::RawTlsClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// Pieces that the test says; on the shard but for what says otherwise.
class Source final : public HttpBodySource {
 public:
  Source(Shard& shard, std::atomic<int>& alive) : shard_(shard), alive_(alive) { ++alive_; }
  ~Source() override { --alive_; }

  void next(Take take) override {
    ++asked;
    take_ = std::move(take);
    flush();
  }
  // From the test's thread.
  void give(const std::string& piece) {
    shard_.run_and_wait([&] {
      pieces_.push_back(piece);
      flush();
    });
  }

  std::atomic<int> asked{0};

 private:
  void flush() {
    if (!take_ || pieces_.empty()) return;
    const std::string piece = pieces_.front();
    pieces_.erase(pieces_.begin());
    std::exchange(take_, nullptr)(piece);
  }

  Shard& shard_;
  std::atomic<int>& alive_;
  Take take_;
  std::vector<std::string> pieces_;
};

class HttpFlowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    shard_.start();
    server_.emplace(
        shard_, identity_,
        [this](const HttpRequest& request, HttpServer::Respond respond) {
          if (request.path != "/flow") return respond({.body = request.body});
          auto source = std::make_shared<Source>(shard_, alive_);
          {
            const std::lock_guard lock(mutex_);
            source_ = source;
          }
          respond({.content_type = "text/plain", .source = std::move(source)});
        },
        [](int status, const std::string& message) {
          return HttpResponse{.status = status, .body = message};
        },
        limits_);
    port_ = *server_->listen("127.0.0.1:0");
  }
  void TearDown() override {
    server_->stop();
    shard_.stop();
  }

  template <typename Is>
  static bool await(Is is) {
    for (int i = 0; i < 2000 && !is(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return is();
  }

  std::shared_ptr<Source> source() {
    EXPECT_TRUE(await([this] {
      const std::lock_guard lock(mutex_);
      return !source_.expired();
    }));
    const std::lock_guard lock(mutex_);
    return source_.lock();
  }
  void give(const std::string& piece) { source()->give(piece); }

  std::unique_ptr<HttpsClient> client() {
    return *HttpsClient::create({.server = fmt::format("https://127.0.0.1:{}", port_),
                                 .ca_pem = identity_.certificate_chain_pem});
  }

  TlsIdentity identity_ = test::https_identity();
  HttpLimits limits_;
  Shard shard_{"flow-test"};
  std::optional<HttpServer> server_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::weak_ptr<Source> source_;
  std::atomic<int> alive_{0};
};

TEST_F(HttpFlowTest, PiecesArriveAsTheyAreGiven) {
  std::thread giving([this] {
    give("one");
    give("two");
  });
  std::vector<std::string> pieces;
  const auto answer = client()->stream({.target = "/flow"}, [&](std::string_view piece) {
    pieces.emplace_back(piece);
    if (pieces.back().ends_with("two")) give("");
    return true;
  });
  giving.join();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  EXPECT_EQ(all, "onetwo");
  EXPECT_TRUE(await([this] { return alive_ == 0; }));
}

TEST_F(HttpFlowTest, OnTheWireItIsChunkedAndTheConnectionsLast) {
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("GET /flow HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  give("twelve bytes");
  give("");
  const std::string answer = raw.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nc\r\ntwelve bytes\r\n0\r\n\r\n"));
  EXPECT_TRUE(raw.ended_in_order());
}

TEST_F(HttpFlowTest, AnOldClientGetsTheBytesUpToTheEndOfTheConnection) {
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("GET /flow HTTP/1.0\r\nHost: h\r\n\r\n"));
  give("bytes");
  give("");
  const std::string answer = raw.read_to_end();
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nbytes"));
}

TEST_F(HttpFlowTest, HeadGetsTheHeadAlone) {
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("HEAD /flow HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(raw.read_to_end(), EndsWith("\r\n\r\n"));
  EXPECT_TRUE(await([this] { return alive_ == 0; }));
}

TEST_F(HttpFlowTest, TheSourceIsDroppedWhenTheReaderGoes) {
  {
    RawTlsClient raw(port_);
    ASSERT_TRUE(raw.send("GET /flow HTTP/1.1\r\nHost: h\r\n\r\n"));
    ASSERT_TRUE(await([this] { return alive_ == 1; }));
    give("still there");
  }
  EXPECT_TRUE(await([this] { return alive_ == 0; }));
}

TEST_F(HttpFlowTest, WhoDoesNotReadIsNotAskedForMore) {
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("GET /flow HTTP/1.1\r\nHost: h\r\n\r\n"));
  const auto one = source();
  const std::string large(1024 * 1024, 'x');
  int given = 0;
  // Until the sockets on the way are full.
  for (; given < 200; ++given) {
    const int asked = one->asked;
    one->give(large);
    for (int i = 0; i < 40 && one->asked == asked; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (one->asked == asked) break;
  }
  EXPECT_LT(given, 200);
  EXPECT_EQ(alive_, 1);
}

TEST_F(HttpFlowTest, AStopCutsWhatItsSourceDoesNotEnd) {
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("GET /flow HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_TRUE(await([this] { return alive_ == 1; }));
  server_->stop();
  EXPECT_EQ(alive_, 0);
}

TEST_F(HttpFlowTest, AnUploadArrivesWhole) {
  int pieces = 0;
  const auto answer = client()->upload(
      {.method = "POST", .target = "/echo", .content_type = "application/x-ndjson"},
      [&]() -> absl::StatusOr<std::string> {
        return ++pieces <= 3 ? fmt::format("piece {}\n", pieces) : std::string();
      });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "piece 1\npiece 2\npiece 3\n");
}

// It goes on reading for a while (http_linger_bytes_max), so that what is under way does not cost
// the answer.
TEST_F(HttpFlowTest, AServerThatHasSeenEnoughIsHeard) {
  int pieces = 0;
  const auto answer = client()->upload({.method = "POST", .target = "/echo"}, [&pieces] {
    return ++pieces <= 12 ? std::string(16 * 1024, 'x') : std::string();
  });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 413);
}

// However much more there would be.
TEST_F(HttpFlowTest, AServerThatHasSeenEnoughIsHeardInTheMiddleOfAnUpload) {
  constexpr int many = 100'000;
  int pieces = 0;
  const auto answer = client()->upload({.method = "POST", .target = "/echo"}, [&pieces] {
    return ++pieces <= many ? std::string(16 * 1024, 'x') : std::string();
  });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 413);
  EXPECT_LT(pieces, many);
}

TEST_F(HttpFlowTest, AnUploadThatFailsIsCutAndSaysWhy) {
  int pieces = 0;
  const auto client_of = client();
  const auto answer = client_of->upload({.method = "POST", .target = "/echo"},
                                        [&]() -> absl::StatusOr<std::string> {
                                          if (++pieces == 2) return absl::DataLossError("torn");
                                          return std::string("piece");
                                        });
  EXPECT_EQ(answer.status(), absl::DataLossError("torn"));
  const auto next = client_of->call({.method = "POST", .target = "/echo", .body = "b"});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->body, "b");
}

}  // namespace
}  // namespace tocsin::runtime
