#include "runtime/http2/http2_callbacks.h"

#include <vector>

#include "base/check.h"
#include "runtime/http2/http2_wire.h"

namespace tocsin::runtime {
namespace {

Http2Events& events_of(void* user_data) { return *static_cast<Http2Events*>(user_data); }

bool has_flag(const nghttp2_frame* frame, uint8_t flag) { return (frame->hd.flags & flag) != 0; }

bool is_request(const nghttp2_frame* frame) {
  return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
  events_of(user_data).on_fields_begun();
  if (!is_request(frame)) return 0;
  // All answers take turns (RFC 9218 section 4.2); by default one would go on until its end.
  const nghttp2_extpri turns = {NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
  nghttp2_session_change_extpri_stream_priority(session, frame->hd.stream_id, &turns, 1);
  events_of(user_data).on_head_begun(frame->hd.stream_id);
  return 0;
}

int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_bytes,
              const uint8_t* value, size_t value_bytes, uint8_t, void* user_data) {
  if (!events_of(user_data).on_field_decoded(name_bytes + value_bytes)) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (!is_request(frame)) return 0;
  events_of(user_data).on_field(frame->hd.stream_id,
                                {reinterpret_cast<const char*>(name), name_bytes},
                                {reinterpret_cast<const char*>(value), value_bytes});
  return 0;
}

int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  Http2Events& events = events_of(user_data);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
      if (is_request(frame)) {
        events.on_head(frame->hd.stream_id, has_flag(frame, NGHTTP2_FLAG_END_STREAM));
      } else {
        events.on_body_end(frame->hd.stream_id);
      }
      break;
    case NGHTTP2_DATA:
      if (has_flag(frame, NGHTTP2_FLAG_END_STREAM)) events.on_body_end(frame->hd.stream_id);
      break;
    case NGHTTP2_SETTINGS:
      events.on_settings(has_flag(frame, NGHTTP2_FLAG_ACK));
      break;
    case NGHTTP2_PING:
      if (has_flag(frame, NGHTTP2_FLAG_ACK)) events.on_ping_answer();
      break;
    case NGHTTP2_GOAWAY:
      events.on_go_away();
      break;
    default:
      break;
  }
  return 0;
}

int on_data_chunk(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t size,
                  void* user_data) {
  events_of(user_data).on_body(stream, {reinterpret_cast<const char*>(bytes), size});
  return 0;
}

int on_stream_close(nghttp2_session*, int32_t stream, uint32_t, void* user_data) {
  events_of(user_data).on_closed(stream);
  return 0;
}

int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  const uint8_t type = frame->hd.type;
  if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA) return 0;
  events_of(user_data).on_answer_moved(frame->hd.stream_id);
  if (has_flag(frame, NGHTTP2_FLAG_END_STREAM)) {
    events_of(user_data).on_answer_end(frame->hd.stream_id);
  }
  return 0;
}

// Fields of an answer that nghttp2 cannot send, being too large: without them the stream would stay
// open. Those that came too late for a stream that has gone need nothing.
int on_frame_not_send(nghttp2_session* session, const nghttp2_frame* frame, int error, void*) {
  const int32_t stream = frame->hd.stream_id;
  const bool is_gone = error == NGHTTP2_ERR_STREAM_CLOSING ||
                       nghttp2_session_get_stream_remote_close(session, stream) == -1;
  if (frame->hd.type != NGHTTP2_HEADERS || is_gone) return 0;
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_INTERNAL_ERROR);
  return 0;
}

nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  TOCSIN_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
  return callbacks;
}

void submit_trailers(nghttp2_session* session, int32_t stream, const HttpFields& trailers) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(trailers.size());
  for (const auto& [name, value] : trailers) {
    fields.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                      value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  const int result = nghttp2_submit_trailer(session, stream, fields.data(), fields.size());
  TOCSIN_CHECK(result != NGHTTP2_ERR_NOMEM);
}

}  // namespace

const nghttp2_session_callbacks* http2_callbacks() {
  static const nghttp2_session_callbacks* const callbacks = make_callbacks();
  return callbacks;
}

ssize_t http2_read_answer(nghttp2_session* session, int32_t stream, uint8_t* room,
                          size_t room_bytes, uint32_t* flags, nghttp2_data_source*,
                          void* user_data) {
  const Http2Read read = events_of(user_data).read_answer(stream, {room, room_bytes});
  if (read.waits) return NGHTTP2_ERR_DEFERRED;
  if (!read.is_end) return static_cast<ssize_t>(read.bytes);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!read.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    submit_trailers(session, stream, read.trailers);
  }
  return static_cast<ssize_t>(read.bytes);
}

}  // namespace tocsin::runtime
