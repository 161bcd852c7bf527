#include "runtime/http2/http2_wire.h"

#include <array>
#include <nghttp2/nghttp2.h>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/http2/http2_callbacks.h"

namespace tocsin::runtime {
namespace {

constexpr int32_t stream_window_bytes = 256 * 1024;
constexpr int32_t connection_window_bytes = 1024 * 1024;
// What we say repeats itself and is short, so a small table does.
constexpr uint32_t encoder_table_bytes = 2048;
constexpr uint32_t decoder_table_bytes = 4096;
// Streams that the client may reset at once and per second before nghttp2 ends the connection. The
// FloodGuard comes first.
constexpr uint64_t resets_max = 10'000;
constexpr uint64_t resets_per_s = 1'000;

struct Options {
  Options() {
    TOCSIN_CHECK(nghttp2_option_new(&options) == 0);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_max_deflate_dynamic_table_size(options, encoder_table_bytes);
    nghttp2_option_set_stream_reset_rate_limit(options, resets_max, resets_per_s);
  }
  ~Options() { nghttp2_option_del(options); }

  nghttp2_option* options = nullptr;
};

void check_submitted(int result) { TOCSIN_CHECK(result != NGHTTP2_ERR_NOMEM); }

void submit_settings(nghttp2_session* session) {
  const std::array<nghttp2_settings_entry, 5> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits::http_streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits::http_head_bytes_max},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, decoder_table_bytes},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  check_submitted(
      nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  check_submitted(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                                        connection_window_bytes));
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  // nghttp2 copies both, and writes to neither.
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

Http2Wire::Http2Wire(Http2Events& events) : events_(events) {
  static const Options options;
  nghttp2_session* session = nullptr;
  TOCSIN_CHECK(
      nghttp2_session_server_new2(&session, http2_callbacks(), &events_, options.options) == 0);
  session_.reset(session);
  submit_settings(session);
}

Http2Wire::~Http2Wire() = default;

void Http2Wire::Delete::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

std::optional<Http2Error> Http2Wire::receive(std::string_view bytes) {
  const auto result = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (result >= 0) return std::nullopt;
  switch (result) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return Http2Error::protocol;
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return Http2Error::enhance_your_calm;
    default:
      return Http2Error::internal;
  }
}

bool Http2Wire::produce(std::string& out, size_t bytes_wanted) {
  const size_t before = out.size();
  while (out.size() - before < bytes_wanted) {
    const uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) return false;
    if (size == 0) break;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
  return true;
}

bool Http2Wire::wants_output() const { return nghttp2_session_want_write(session_.get()) != 0; }

bool Http2Wire::is_over() const {
  return !wants_output() && nghttp2_session_want_read(session_.get()) == 0;
}

size_t Http2Wire::frames_waiting() const {
  return nghttp2_session_get_outbound_queue_size(session_.get());
}

void Http2Wire::submit_answer(int32_t stream, int status, const HttpFields& fields, bool has_body) {
  const std::string status_text = std::to_string(status);
  std::vector<nghttp2_nv> all;
  all.reserve(fields.size() + 1);
  all.push_back(field(":status", status_text));
  for (const auto& [name, value] : fields) all.push_back(field(name, value));
  nghttp2_data_provider body = {{.ptr = nullptr}, http2_read_answer};
  check_submitted(nghttp2_submit_response(session_.get(), stream, all.data(), all.size(),
                                          has_body ? &body : nullptr));
}

void Http2Wire::submit_continue(int32_t stream) {
  const nghttp2_nv status = field(":status", "100");
  check_submitted(nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream, nullptr,
                                         &status, 1, nullptr));
}

void Http2Wire::submit_reset(int32_t stream, Http2Error error) {
  check_submitted(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream,
                                            static_cast<uint32_t>(error)));
}

void Http2Wire::resume_answer(int32_t stream) {
  check_submitted(nghttp2_session_resume_data(session_.get(), stream));
}

void Http2Wire::consume(int32_t stream, size_t bytes) {
  if (bytes > 0) check_submitted(nghttp2_session_consume(session_.get(), stream, bytes));
}

void Http2Wire::consume_unwanted(size_t bytes) {
  if (bytes > 0) check_submitted(nghttp2_session_consume_connection(session_.get(), bytes));
}

bool Http2Wire::is_stream_window_closed(int32_t stream) const {
  return nghttp2_session_get_stream_remote_window_size(session_.get(), stream) <= 0;
}

bool Http2Wire::is_connection_window_closed() const {
  return nghttp2_session_get_remote_window_size(session_.get()) <= 0;
}

void Http2Wire::submit_ping() {
  check_submitted(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr));
}

void Http2Wire::submit_shutdown_notice() {
  check_submitted(nghttp2_submit_shutdown_notice(session_.get()));
}

void Http2Wire::submit_last_stream() {
  check_submitted(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                                        nghttp2_session_get_last_proc_stream_id(session_.get()),
                                        NGHTTP2_NO_ERROR, nullptr, 0));
}

void Http2Wire::submit_end(Http2Error error) {
  check_submitted(nghttp2_session_terminate_session(session_.get(), static_cast<uint32_t>(error)));
}

}  // namespace tocsin::runtime
