// AnswerStream: the answers of a call that has several, on their way to a caller who reads as fast
// as he likes. He gets the newest one: what he has not taken when the next comes is dropped.
//
//   waiting --offer()--> open, a body of pieces --end()--> ended
//      \---end(): an ordinary refusal---------------------^
//       \------------- on_gone(): the caller has gone ----^
//
// REST (server-sent events) and gRPC (server streaming) differ in their AnswerWriter alone.
//
// Thread: the connection's, except where said.
// Bound: the newest piece, and the end.
#pragma once

#include <memory>
#include <string>

#include <absl/status/status.h>

#include "runtime/http_server/http_exchange.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::dispatcher {

// How a transport says the answers of one call, and counts them.
class AnswerWriter {
 public:
  struct End {
    std::string piece = {};
    runtime::HttpFields trailers = {};
  };
  virtual ~AnswerWriter() = default;

  // One answer. On the dispatcher's shard, in order, and at the same time as the others.
  virtual std::string piece(const google::protobuf::Message& answer) = 0;
  // What an open answer begins with, without its source.
  virtual runtime::HttpResponse head() = 0;
  // What keeps an idle one alive; empty where HTTP sees to that.
  virtual std::string keep_alive() { return {}; }
  // What an open one ends with.
  virtual End end(const absl::Status& status) = 0;
  // All there is to say when no answer came before the end.
  virtual runtime::HttpResponse refusal(const absl::Status& status) = 0;
};

class AnswerStream : public std::enable_shared_from_this<AnswerStream> {
 public:
  AnswerStream(runtime::HttpResponder respond, std::unique_ptr<AnswerWriter> writer)
      : respond_(std::move(respond)), writer_(std::move(writer)) {}

  AnswerWriter& writer() { return *writer_; }

  // The next answer, as the writer has put it.
  void offer(std::string piece);
  void keep_alive();
  // No more comes; OK or why.
  void end(const absl::Status& status);
  // The caller will wait no longer: end, and tell whoever makes the answers.
  void cut(const absl::Status& status);
  // The caller has gone.
  void on_gone();
  // Run `task` when the caller goes, or the stream is cut, before end().
  void when_gone(runtime::Task task) { gone_ = std::move(task); }

 private:
  class Body;
  void begin();
  void next(runtime::HttpBodySource::Take take);
  void flush();

  enum class State { waiting, open, ended };
  const runtime::HttpResponder respond_;
  const std::unique_ptr<AnswerWriter> writer_;
  State state_ = State::waiting;
  runtime::HttpBodySource::Take take_;  // set while the transport waits for a piece
  std::string newest_;                  // that was not taken yet
  AnswerWriter::End end_;
  runtime::Task gone_;
};

}  // namespace tocsin::dispatcher
