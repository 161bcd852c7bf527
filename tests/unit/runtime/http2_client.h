// A client of HTTP/2 for tests: nghttp2's own, and what it has been told.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/runtime/http2_bench.h"

namespace tocsin::runtime::test {

class Http2Client {
 public:
  struct Answer {
    std::map<std::string, std::string> fields = {};  // the last of each name
    std::string body = {};
    std::map<std::string, std::string> trailers = {};
    std::vector<std::string> events = {};  // "head 200", "data", "end", "reset 8", in order
    bool has_head = false;                 // and it was the last one
    bool ended = false;
    bool closed = false;

    std::string status() const {
      const auto found = fields.find(":status");
      return found == fields.end() ? "" : found->second;
    }
  };

  // With a window so large, and giving windows back by itself or not.
  explicit Http2Client(Http2Bench& bench, uint32_t window_bytes = 65'535, bool takes_bytes = true)
      : bench_(bench) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, takes_bytes ? 0 : 1);
    nghttp2_session* session = nullptr;
    nghttp2_session_client_new2(&session, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    session_.reset(session);
    const nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_bytes};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &entry, 1);
    run();
  }

  // Both sides talk until neither has anything to say. False: the client is at odds with what it
  // was told.
  bool run() {
    while (true) {
      const std::string bytes = to_server();
      if (!bytes.empty() && bench_.session->wants_input()) bench_.session->receive(bytes);
      const std::string reply = bench_.produce();
      if (nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const uint8_t*>(reply.data()),
                                   reply.size()) < 0) {
        return false;
      }
      if (bytes.empty() && reply.empty()) return true;
    }
  }

  // Without `body`: a request that ends with its head. `ends`: so does its body.
  int32_t request(const Fields& fields) { return submit(fields, nullptr); }
  int32_t request(const Fields& fields, std::string body, bool ends = true) {
    bodies_.push_back(std::make_unique<Body>(std::move(body), ends));
    return submit(fields, bodies_.back().get());
  }
  // More of the body of a request that did not end.
  void send(int32_t stream, std::string_view bytes, bool ends = false) {
    Body& body = *streams_.at(stream);
    body.bytes += bytes;
    body.ends = ends;
    nghttp2_session_resume_data(session_.get(), stream);
    run();
  }
  void send_trailers(int32_t stream, const Fields& fields) {
    Body& body = *streams_.at(stream);
    body.ends = body.has_trailers = true;
    nghttp2_session_resume_data(session_.get(), stream);
    const auto list = list_of(fields);
    nghttp2_submit_trailer(session_.get(), stream, list.data(), list.size());
    run();
  }
  void reset(int32_t stream, uint32_t error = NGHTTP2_CANCEL) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, error);
    run();
  }
  // Take what has arrived, so that more may come.
  void consume(int32_t stream, size_t bytes) {
    nghttp2_session_consume(session_.get(), stream, bytes);
    run();
  }

  Answer& answer(int32_t stream) { return answers_[stream]; }
  nghttp2_session* session() { return session_.get(); }
  // Of the body of the request, not sent yet.
  size_t unsent_bytes(int32_t stream) { return streams_.at(stream)->bytes.size(); }

  uint32_t go_away_error = 0;
  std::vector<int32_t> go_aways = {};  // the last streams they named

 private:
  struct Body {
    Body(std::string bytes, bool ends) : bytes(std::move(bytes)), ends(ends) {}
    std::string bytes;
    bool ends;
    bool has_trailers = false;
  };
  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  static Http2Client& of(void* self) { return *static_cast<Http2Client*>(self); }

  static std::vector<nghttp2_nv> list_of(const Fields& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                      value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    return list;
  }

  int32_t submit(const Fields& fields, Body* body) {
    const auto list = list_of(fields);
    nghttp2_data_provider provider = {{.ptr = body}, read_body};
    const int32_t stream = nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(),
                                                  body != nullptr ? &provider : nullptr, nullptr);
    streams_[stream] = body;
    run();
    return stream;
  }

  std::string to_server() {
    std::string out;
    while (true) {
      const uint8_t* bytes = nullptr;
      const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size <= 0) return out;
      out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
  }

  static ssize_t read_body(nghttp2_session*, int32_t, uint8_t* room, size_t room_bytes,
                           uint32_t* flags, nghttp2_data_source* source, void*) {
    Body& body = *static_cast<Body*>(source->ptr);
    if (body.bytes.empty() && !body.ends) return NGHTTP2_ERR_DEFERRED;
    const size_t size = body.bytes.copy(reinterpret_cast<char*>(room), room_bytes);
    body.bytes.erase(0, size);
    if (body.bytes.empty() && body.ends) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (body.has_trailers) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    }
    return static_cast<ssize_t>(size);
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                       size_t name_bytes, const uint8_t* value, size_t value_bytes, uint8_t,
                       void* self) {
    Answer& answer = of(self).answers_[frame->hd.stream_id];
    auto& fields = answer.has_head ? answer.trailers : answer.fields;
    fields[{reinterpret_cast<const char*>(name), name_bytes}] = {
        reinterpret_cast<const char*>(value), value_bytes};
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Client& client = of(self);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      client.go_away_error = frame->goaway.error_code;
      client.go_aways.push_back(frame->goaway.last_stream_id);
    }
    if (frame->hd.stream_id == 0) return 0;
    Answer& answer = client.answers_[frame->hd.stream_id];
    if (frame->hd.type == NGHTTP2_HEADERS) {
      answer.events.push_back(answer.has_head ? "trailers" : "head " + answer.status());
      answer.has_head = answer.status() != "100";
    }
    if (frame->hd.type == NGHTTP2_DATA && frame->hd.length > 0) answer.events.push_back("data");
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      answer.events.push_back("reset " + std::to_string(frame->rst_stream.error_code));
    }
    const bool is_message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (is_message && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      answer.ended = true;
      answer.events.push_back("end");
    }
    return 0;
  }

  static int on_data(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t size,
                     void* self) {
    of(self).answers_[stream].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }

  static int on_close(nghttp2_session*, int32_t stream, uint32_t, void* self) {
    of(self).answers_[stream].closed = true;
    return 0;
  }

  Http2Bench& bench_;
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::vector<std::unique_ptr<Body>> bodies_;
  std::map<int32_t, Body*> streams_;
  std::map<int32_t, Answer> answers_;
};

}  // namespace tocsin::runtime::test
