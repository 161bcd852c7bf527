// Fuzzes the session of HTTP/2: a client that says anything after its preface and settings, and
// handlers that answer early, late, piece by piece or never.
//
// The first ten bytes are the script: options, how the rest is cut, and what is done with each of
// the next requests; the rest is what the client says. What must hold:
//   * what is sent is frames whose heads can be read, an answer's head first and nothing after its
//     end;
//   * in the end nothing is counted as held, and each request has been told if it is gone.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"

#include "tests/unit/runtime/http2_bench.h"

namespace {

using namespace tocsin::runtime;
using namespace tocsin::runtime::test;

constexpr size_t script_bytes = 10;
constexpr size_t behaviours_at = 2;

// Reads what the server sends, as strictly as a client may.
class Reader {
 public:
  Reader() { TOCSIN_CHECK(nghttp2_hd_inflate_new(&inflater_) == 0); }
  ~Reader() { nghttp2_hd_inflate_del(inflater_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void read(std::string bytes) {
    rest_ += bytes;
    for (const Frame& frame : take_frames(rest_)) read(frame);
  }
  void check_end() const { TOCSIN_CHECK(rest_.empty()); }

 private:
  struct Stream {
    bool has_head = false;
    bool ended = false;
  };

  void read(const Frame& frame) {
    TOCSIN_CHECK(frame.payload.size() <= 16'384);
    TOCSIN_CHECK(!in_head_ || frame.type == NGHTTP2_CONTINUATION);
    if (frame.type == NGHTTP2_CONTINUATION) TOCSIN_CHECK(in_head_);
    Stream& stream = streams_[frame.stream];
    if (frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_DATA) {
      TOCSIN_CHECK(frame.stream % 2 == 1 && !stream.ended);
      stream.ended = frame.ends_stream();
    }
    if (frame.type == NGHTTP2_DATA) TOCSIN_CHECK(stream.has_head);
    if (frame.type == NGHTTP2_RST_STREAM) stream.ended = true;
    if (frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_CONTINUATION) {
      stream.has_head = true;
      in_head_ = (frame.flags & NGHTTP2_FLAG_END_HEADERS) == 0;
      inflate(frame.payload, !in_head_);
    }
  }

  void inflate(std::string_view block, bool is_last) {
    const auto* in = reinterpret_cast<const uint8_t*>(block.data());
    size_t left = block.size();
    while (true) {
      nghttp2_nv field;
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, in, left, is_last);
      TOCSIN_CHECK(used >= 0);
      in += used;
      left -= static_cast<size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
        nghttp2_hd_inflate_end_headers(inflater_);
        return;
      }
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) return;
    }
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
  std::map<uint32_t, Stream> streams_;
  std::string rest_;
  bool in_head_ = false;
};

HttpResponse answer_of(uint8_t behaviour) {
  HttpResponse answer;
  answer.body = std::string(behaviour * 300u, 'x');
  if ((behaviour & 1) != 0) answer.trailers = {{"grpc-status", "0"}};
  answer.says_length = (behaviour & 2) != 0;
  return answer;
}

// What happens between two pieces of the client's.
class Scene {
 public:
  Scene(Http2Bench& bench, std::string_view script) : bench_(bench), script_(script) {
    bench_.handler.vouches = (script_[0] & 1) != 0;
    bench_.handler.wants_body = (script_[0] & 2) == 0;
    bench_.handler.on_begin = [this](Call& call) { begin(call); };
  }

  void move_on() {
    for (Call& call : bench_.handler.calls) {
      call.respond.resume();
      if (call.bytes_max == 10'000) call.respond(answer_of(3));
    }
    for (const auto& source : sources_)
      source->give(++given_ % 5 == 0 ? "" : std::string(700, 'y'));
    if ((script_[0] & 4) != 0) bench_.pass(3'000);
  }

 private:
  void begin(Call& call) {
    const auto behaviour = static_cast<uint8_t>(
        script_[behaviours_at + bench_.handler.calls.size() % (script_bytes - behaviours_at)]);
    call.held_bytes = behaviour;
    call.may_pause = (behaviour & 0x80) != 0;
    switch (behaviour % 8) {
      case 0:  // never
        break;
      case 1:
        call.respond(answer_of(behaviour));
        break;
      case 2:
        call.on_end = [&call, behaviour] { call.respond(answer_of(behaviour)); };
        break;
      case 3:
        call.on_piece = [&call, behaviour] {
          call.respond(answer_of(behaviour));
          return true;
        };
        break;
      case 4:
        call.on_piece = [] { return false; };
        break;
      case 5:  // later
        call.bytes_max = 10'000;
        break;
      default:
        sources_.push_back(std::make_shared<Source>(bench_.dropped));
        sources_.back()->fields = {{"grpc-status", "0"}};
        call.respond({.source = sources_.back(), .reads_on = behaviour % 8 == 7});
        break;
    }
  }

  Http2Bench& bench_;
  const std::string_view script_;
  std::vector<std::shared_ptr<Source>> sources_;
  size_t given_ = 0;
};

void play(Http2Bench& bench, std::string_view script, std::string_view client) {
  Scene scene(bench, script);
  Reader reader;
  reader.read(bench.exchange(std::string(preface) + settings() + settings_ack()));
  const size_t cut = 1 + static_cast<uint8_t>(script[1]);
  for (; !client.empty(); client.remove_prefix(std::min(cut, client.size()))) {
    if (!bench.session->wants_input()) break;
    reader.read(bench.exchange(client.substr(0, cut)));
    scene.move_on();
    reader.read(bench.produce());
  }
  reader.check_end();
  if ((script[0] & 8) != 0) bench.session->finish();
  bench.session->on_input_end();
  bench.produce();
  TOCSIN_CHECK(bench.session->is_over() && bench.session->is_idle());
  TOCSIN_CHECK(bench.session->unread_bytes() == 0);
  TOCSIN_CHECK(bench.session->half_received_bytes() == 0);
  TOCSIN_CHECK(bench.host.unread.used_bytes() == 0);
  TOCSIN_CHECK(bench.host.half_received.used_bytes() == 0);
  for (const Call& call : bench.handler.calls) TOCSIN_CHECK(call.gone <= 1);
  scene.move_on();  // too late, and harmless
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  if (size < script_bytes) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(input), size);
  on_shard([bytes](Http2Bench& bench) {
    play(bench, bytes.substr(0, script_bytes), bytes.substr(script_bytes));
  });
  return 0;
}
