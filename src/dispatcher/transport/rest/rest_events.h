// RestStream: the answers to a call that has several, over HTTP: server-sent events.
//
//   id: 1                       one for each answer, counted from 1
//   data: {...}                 the answer as JSON
//
//   : alive                     a comment, when nothing else was said for a while
//
//   event: end                  the last event; or "error", with the error as its data
//   data: {}
//
// An error before the first answer is an ordinary HTTP answer.
//
// Thread: the dispatcher's shard.  Bound: the newest answer that does not fit into the socket.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dispatcher/reply/reply_stream.h"
#include "runtime/http/http_server.h"

namespace tocsin::dispatcher {

class RestStream final : public ReplyStream, public std::enable_shared_from_this<RestStream> {
 public:
  explicit RestStream(runtime::HttpServer::Respond respond) : respond_(std::move(respond)) {}

  void send(const google::protobuf::Message& answer) override;
  void keep_alive() override;
  void end(const absl::Status& status) override;

 private:
  class Body;
  void begin();
  void next(runtime::HttpBodySource::Take take);
  // Give what there is to who waits for it.
  void flush();

  runtime::HttpServer::Respond respond_;  // empty once the head was sent
  runtime::HttpBodySource::Take take_;    // set while the transport waits for a piece
  uint64_t last_id_ = 0;
  std::string newest_;  // event that was not taken yet
  std::string last_;    // event; set by end()
  bool ended_ = false;
};

}  // namespace tocsin::dispatcher
