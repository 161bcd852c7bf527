// ListCall: a list send as its pieces come, whatever transport brings them.
//
//   bytes --> ListSource --pieces--> batch --there--> ListSend --welcome--> next batch
//                                                              --refused--> answered
//             last piece, all taken --> finish --> answered
//
// One batch is under way at a time, so that neither thread gathers what the log cannot take yet.
// What does not fit into a batch stays with the source, as bytes.
//
//   ListSource  cuts the body into pieces: lines of JSON, or gRPC's messages
//   ListSink    the body's end of it, for the connection
//
// Thread: the connection's.
// Bound: a batch of batch_bytes of decoded pieces, besides what the source holds.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "base/limits.h"
#include "dispatcher/transport/gate/api_gate.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

struct ListPiece {
  v1::SendToListRequest request;
  bool is_blank = false;  // it says nothing
  size_t line = 0;        // 0: it has no number
  size_t bytes = 0;       // that it was decoded from
};

class ListSource {
 public:
  virtual ~ListSource() = default;
  virtual void feed(std::string_view bytes) = 0;
  // Whether there was another piece in what was fed, which is then in `piece`; what is wrong with it.
  // `is_last`: nothing more will be fed, so what is left is a piece, too, or wrong.
  virtual absl::StatusOr<bool> next(bool is_last, ListPiece& piece) = 0;
  virtual size_t held_bytes() const = 0;
};

class ListCall : public std::enable_shared_from_this<ListCall> {
 public:
  struct About {
    const Method& method;
    std::string authorization;
    std::string app;  // empty: what the first piece says
  };
  static constexpr size_t batch_bytes = limits::http_line_bytes_max;
  // Batches taken in one turn of the loop, when the log takes them at once.
  static constexpr int batches_per_turn_max = 16;

  // `answered` is called once, unless the call is dropped. `respond` is told when more is welcome.
  ListCall(std::shared_ptr<ApiGate> gate, About about, std::unique_ptr<ListSource> source,
           runtime::HttpResponder respond, ApiGate::Answered answered);

  // Whether the next piece is welcome.
  bool on_piece(std::string_view bytes);
  void on_end();
  // The caller has gone, or will wait no longer: nothing is sent, and the list is forgotten.
  void drop();
  bool has_ended() const { return ended_; }
  size_t held_bytes() const { return source_->held_bytes(); }

 private:
  struct Batch {
    std::vector<ListPiece> pieces;
    size_t bytes = 0;
    absl::Status fault;  // of what came after the pieces
    bool is_end = false;
  };
  struct There;
  Batch read_batch();
  void pump();
  void send(Batch batch);
  void on_taken();
  void answer(Answer answer);

  const std::shared_ptr<ApiGate> gate_;
  const std::unique_ptr<ListSource> source_;
  const runtime::HttpResponder respond_;
  ApiGate::Answered answered_;    // empty once called
  std::shared_ptr<There> there_;  // used on the dispatcher's shard
  bool under_way_ = false;        // a batch is
  bool pumping_ = false;
  bool ended_ = false;  // the body is complete
  bool over_ = false;   // what comes is thrown away
};

class ListSink final : public runtime::HttpBodySink {
 public:
  explicit ListSink(std::shared_ptr<ListCall> call) : call_(std::move(call)) {}
  ~ListSink() override {
    if (!call_->has_ended()) call_->drop();
  }
  size_t bytes_max() const override { return limits::http_stream_bytes_max; }
  bool on_piece(std::string_view piece) override { return call_->on_piece(piece); }
  void on_end() override { call_->on_end(); }
  size_t held_bytes() const override { return call_->held_bytes(); }

 private:
  std::shared_ptr<ListCall> call_;
};

}  // namespace tocsin::dispatcher
