#include "runtime/http_server/http_server.h"

#include <atomic>
#include <chrono>
#include <fmt/format.h>
#include <future>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "runtime/http/https_client.h"

#include "tests/support/http_answering.h"
#include "tests/support/https_identity.h"
#include "tests/support/raw_tls_client.h"

namespace tocsin::runtime {
namespace {

using test::RawTlsClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Answers with what it got; "/later" from another thread, "/held" when the test says so.
class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { shard_->start(); }

  void TearDown() override {
    for (std::thread& thread : threads_) thread.join();
    if (server_) server_->stop();
    shard_->stop();
  }

  void start(HttpLimits limits = {}) {
    server_ = test::serve_http(
        shard_, {.identity = identity_, .limits = limits},
        [this](test::HttpRequest request, HttpResponder respond) {
          handle(request, std::move(respond));
        },
        port_);
  }

  void handle(const test::HttpRequest& request, HttpResponder respond) {
    const std::lock_guard lock(mutex_);
    ++handled_;
    const HttpRequestHead& head = request.head;
    if (head.headers.find("authorization") == "Bearer key") respond.vouch();
    if (head.path == "/held") {
      held_.push_back(std::move(respond));
      return;
    }
    HttpResponse response{.body = fmt::format("{} {} {} [{}] {} {}", head.method, head.path,
                                              head.query, head.headers.find("authorization"),
                                              head.headers.find("content-type"), request.body),
                          .headers = {{"x-probe", "1"}}};
    if (head.path != "/later") return respond(std::move(response));
    threads_.emplace_back(
        [respond = std::move(respond), response]() mutable { respond(std::move(response)); });
  }

  size_t held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  void await_held(size_t count) {
    for (int i = 0; i < 1000 && held() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_EQ(held(), count);
  }

  std::unique_ptr<HttpsClient> client() {
    auto made = HttpsClient::create({.server = fmt::format("https://localhost:{}", port_),
                                     .ca_pem = identity_.certificate_chain_pem,
                                     .connect_to = fmt::format("127.0.0.1:{}", port_)});
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    return std::move(*made);
  }

  // The answer to `bytes` as sent, up to the server's end of the connection.
  std::string raw(std::string_view bytes) {
    RawTlsClient raw(port_);
    EXPECT_TRUE(raw.connected());
    EXPECT_TRUE(raw.send(bytes));
    std::string answer = raw.read_to_end();
    EXPECT_TRUE(raw.ended_in_order());
    return answer;
  }

  TlsIdentity identity_ = test::https_identity();
  std::shared_ptr<Shard> shard_ = std::make_shared<Shard>("http-test");
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  int handled_ = 0;
  std::vector<HttpResponder> held_;
  std::vector<std::thread> threads_;
};

TEST_F(HttpServerTest, HandsOverTheRequestAndGivesBackTheAnswer) {
  start();
  const auto answer = client()->call({.method = "POST",
                                      .target = "/v1/a%20b?x=1",
                                      .bearer_token = "key",
                                      .body = "{}",
                                      .content_type = "application/json"});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /v1/a%20b x=1 [Bearer key] application/json {}");
  EXPECT_EQ(answer->header("content-type"), "application/json");
  EXPECT_EQ(answer->header("x-probe"), "1");
}

TEST_F(HttpServerTest, AnswersFromAnotherThread) {
  start();
  const auto answer = client()->call({.target = "/later"});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->body, StartsWith("GET /later"));
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  start();
  RawTlsClient raw(port_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(raw.send("GET /again HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(raw.read_answer(), HasSubstr("Connection: keep-alive"));
  }
}

// The end may come with the request or after it: either is seen, and the connection is not kept.
TEST_F(HttpServerTest, AnEndRightAfterARequestIsSeen) {
  start();
  for (int i = 0; i < 20; ++i) {
    RawTlsClient raw(port_);
    ASSERT_TRUE(raw.send("GET /again HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    raw.end_socket();
    EXPECT_THAT(raw.read_to_end(), HasSubstr("GET /again"));
  }
  EXPECT_EQ(handled_, 20);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  RawTlsClient raw(port_);
  ASSERT_TRUE(
      raw.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n"
               "POST /second HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
               "GET /third HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(raw.read_answer(), HasSubstr("GET /later"));
  EXPECT_THAT(raw.read_answer(), HasSubstr("POST /second  []  ab"));
  EXPECT_THAT(raw.read_to_end(), HasSubstr("GET /third"));
}

TEST_F(HttpServerTest, TakesChunkedBodiesAndInvitesThem) {
  start();
  RawTlsClient raw(port_);
  ASSERT_TRUE(
      raw.send("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
               "Expect: 100-continue\r\n\r\n"));
  EXPECT_THAT(raw.read_answer(), StartsWith("HTTP/1.1 100 Continue"));
  ASSERT_TRUE(raw.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  EXPECT_THAT(raw.read_answer(), EndsWith(" abcde"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  start();
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string answer = raw.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Content-Length: "));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, Http10ClosesAfterTheAnswer) {
  start();
  EXPECT_THAT(raw("GET /old HTTP/1.0\r\n\r\n"), HasSubstr("GET /old"));
}

TEST_F(HttpServerTest, SpeaksTls12And13AndNothingOlder) {
  start();
  RawTlsClient tls12(port_, TLS1_2_VERSION);
  EXPECT_TRUE(tls12.connected());
  EXPECT_EQ(tls12.version(), "TLSv1.2");
  RawTlsClient tls13(port_, TLS1_3_VERSION);
  EXPECT_TRUE(tls13.connected());
  EXPECT_EQ(tls13.version(), "TLSv1.3");
  EXPECT_FALSE(RawTlsClient(port_, TLS1_1_VERSION).connected());
}

TEST_F(HttpServerTest, ChoosesHttp2AmongOffersAndHttp11WhenItIsAlone) {
  start();
  RawTlsClient both(port_, 0, std::string_view("\x08http/1.1\x02h2"));
  ASSERT_TRUE(both.connected());
  EXPECT_EQ(both.alpn(), "h2");
  RawTlsClient alone(port_, 0, std::string_view("\x08http/1.1"));
  ASSERT_TRUE(alone.connected());
  EXPECT_EQ(alone.alpn(), "http/1.1");
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  start();
  for (const char* bytes :
       {"hello\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const std::string answer = raw(bytes);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bytes;
    EXPECT_THAT(answer, HasSubstr("Connection: close")) << bytes;
    EXPECT_THAT(answer, HasSubstr("{\"error\":")) << bytes;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesALargeHead) {
  start();
  const std::string header(limits::http_head_bytes_max, 'x');
  EXPECT_THAT(raw("GET / HTTP/1.1\r\nHost: h\r\nX: " + header + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, RefusesALargeBodyAnnouncedOrNot) {
  start();
  const std::string body(limits::http_body_bytes_max + 1, 'x');
  EXPECT_THAT(raw(fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}",
                              body.size(), body)),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(raw(fmt::format("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "{:x}\r\n{}\r\n0\r\n\r\n",
                              body.size(), body)),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, TakesABodyOfExactlyTheLimit) {
  start();
  const std::string body(limits::http_body_bytes_max, 'x');
  const auto answer = client()->call({.method = "POST", .target = "/big", .body = body});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->body, EndsWith(body));
}

TEST_F(HttpServerTest, ASlowRequestIsToldSo) {
  start({.request_ms_max = 100});
  EXPECT_THAT(raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"),
              StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(raw("GET / HT"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedInOrder) {
  start({.keep_alive_ms = 50});
  RawTlsClient raw(port_);
  ASSERT_TRUE(raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(raw.read_answer(), HasSubstr("keep-alive"));
  EXPECT_EQ(raw.read_to_end(), "");
  EXPECT_TRUE(raw.ended_in_order());
}

TEST_F(HttpServerTest, AStrangerTakesThePlaceOfTheLongestIdleStranger) {
  start({.connections_max = 4});  // three of them for strangers
  std::vector<std::unique_ptr<RawTlsClient>> strangers;
  for (int i = 0; i < 4; ++i) {
    strangers.push_back(std::make_unique<RawTlsClient>(port_));
    ASSERT_TRUE(strangers.back()->send("GET /s HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_THAT(strangers.back()->read_answer(), HasSubstr("GET /s"));
  }
  EXPECT_EQ(strangers[0]->read_to_end(), "");
  for (size_t i = 1; i < strangers.size(); ++i) {
    ASSERT_TRUE(strangers[i]->send("GET /t HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_THAT(strangers[i]->read_answer(), HasSubstr("GET /t")) << i;
  }
}

TEST_F(HttpServerTest, WhereAllPlacesAreTakenByCallersWithKeysOneMoreIsTold503) {
  start({.connections_max = 2});
  constexpr std::string_view request =
      "GET /k HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer key\r\n\r\n";
  RawTlsClient first(port_);
  RawTlsClient second(port_);
  for (RawTlsClient* client : {&first, &second}) {
    ASSERT_TRUE(client->send(request));
    EXPECT_THAT(client->read_answer(), HasSubstr("GET /k"));
  }
  const std::string answer = raw("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  ASSERT_TRUE(first.send(request));
  EXPECT_THAT(first.read_answer(), HasSubstr("GET /k"));
}

TEST_F(HttpServerTest, OneAddressHasItsShareOfConnections) {
  server_ = test::serve_http(
      shard_, {.identity = identity_, .address_connections_max = 2},
      [this](test::HttpRequest request, HttpResponder respond) {
        handle(request, std::move(respond));
      },
      port_);
  RawTlsClient first(port_);
  {
    RawTlsClient second(port_);
    ASSERT_TRUE(first.connected() && second.connected());
    EXPECT_FALSE(RawTlsClient(port_).connected());
  }
  // A place is free once the server has seen the second one go.
  bool connected = false;
  for (int i = 0; i < 1000 && !connected; ++i) connected = RawTlsClient(port_).connected();
  EXPECT_TRUE(connected);
}

TEST_F(HttpServerTest, WhoAsksForMuchDoesNotGoFirstAgain) {
  constexpr int requests = 1000;
  std::atomic<int> slow = 0;
  std::atomic<int> slow_before_quick = -1;
  server_ = test::serve_http(
      shard_, {.identity = identity_},
      [&](test::HttpRequest request, HttpResponder respond) {
        if (request.head.path == "/quick") {
          slow_before_quick = slow.load();
        } else {
          ++slow;
          const uint64_t start_ms = monotonic_ms();
          while (monotonic_ms() < start_ms + 2) continue;
        }
        respond({.body = "x"});
      },
      port_);
  RawTlsClient greedy(port_);
  RawTlsClient modest(port_);
  std::string many;
  for (int i = 0; i < requests; ++i) many += "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(greedy.send(many));
  while (slow == 0) std::this_thread::yield();
  ASSERT_TRUE(modest.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(modest.read_answer(), HasSubstr("x"));
  // The turn under way: as many as have room in one piece of output.
  EXPECT_LE(slow_before_quick, requests / 2);
  server_->stop();
}

TEST_F(HttpServerTest, PlainTextIsForThisMachineAlone) {
  server_ = HttpServer::create({shard_}, {.identity = identity_}).value();
  EXPECT_TRUE(absl::IsInvalidArgument(server_->bind_plain("0.0.0.0:0").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(server_->bind_plain("[::]:0").status()));
  EXPECT_TRUE(server_->bind_plain("127.0.0.1:0").ok());
}

TEST_F(HttpServerTest, StopAnswersWhatIsUnderWayAndClosesTheRest) {
  start();
  std::future<void> stopped;
  {
    RawTlsClient idle(port_);
    ASSERT_TRUE(idle.connected());
    RawTlsClient busy(port_);
    ASSERT_TRUE(busy.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n"));
    await_held(1);
    stopped = std::async(std::launch::async, [&] { server_->stop(); });
    EXPECT_EQ(idle.read_to_end(), "");
    held_[0]({.body = "at last"});
    const std::string answer = busy.read_to_end();
    EXPECT_THAT(answer, EndsWith("at last"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
  }
  stopped.wait();
  EXPECT_FALSE(RawTlsClient(port_).connected());
}

TEST_F(HttpServerTest, AnswersToAConnectionThatIsGoneAreDropped) {
  start();
  {
    RawTlsClient gone(port_);
    ASSERT_TRUE(gone.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n"));
    await_held(1);
  }
  held_[0]({.body = "nobody"});
  EXPECT_TRUE(client()->call({.target = "/alive"}).ok());
}

TEST_F(HttpServerTest, ListenErrorsSayWhatToDo) {
  start();
  const auto second = HttpServer::create({shard_}, {.identity = identity_}).value();
  const auto taken = second->bind(fmt::format("127.0.0.1:{}", port_));
  EXPECT_TRUE(absl::IsUnavailable(taken.status()));
  EXPECT_THAT(taken.status().ToString(), HasSubstr("is another server running there?"));
  for (const char* address : {"", "8443", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(second->bind(address).status())) << address;
  }
}

TEST_F(HttpServerTest, ABadIdentityIsRefused) {
  const TlsIdentity other = test::https_identity();
  for (const TlsIdentity& identity :
       {TlsIdentity{"x", "y"}, TlsIdentity{identity_.certificate_chain_pem, "y"},
        TlsIdentity{identity_.certificate_chain_pem, other.private_key_pem}}) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(HttpServer::create({shard_}, {.identity = identity}).status()));
  }
}

}  // namespace
}  // namespace tocsin::runtime
