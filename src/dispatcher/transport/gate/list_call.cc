#include "dispatcher/transport/gate/list_call.h"

#include <fmt/format.h>
#include <utility>

namespace tocsin::dispatcher {
namespace {

absl::Status in_line(const absl::Status& status, size_t line) {
  if (line == 0) return status;
  return absl::InvalidArgumentError(
      fmt::format("line {}: {}", line, std::string(status.message())));
}

}  // namespace

// The call as the dispatcher's shard has it.
struct ListCall::There {
  Api& api;
  About about;
  std::shared_ptr<ListSend> list = nullptr;

  ListSend& opened() {
    if (list == nullptr) list = api.new_list();
    return *list;
  }

  absl::Status add(const Batch& batch) {
    for (const ListPiece& piece : batch.pieces) {
      ListSend& list = opened();
      if (about.app.empty() && !list.has_begun()) about.app = piece.request.app();
      const absl::Status status =
          api.add_to_list(list, about.method, about.authorization, about.app, piece.request);
      if (!status.ok()) return in_line(status, piece.line);
    }
    return batch.fault;
  }

  void finish(Reply::Respond respond) {
    api.finish_list(opened(), about.method, about.authorization, about.app,
                    api.open(std::move(respond)));
  }
};

ListCall::ListCall(std::shared_ptr<ApiGate> gate, About about, std::unique_ptr<ListSource> source,
                   runtime::HttpResponder respond, ApiGate::Answered answered)
    : gate_(std::move(gate)),
      source_(std::move(source)),
      respond_(std::move(respond)),
      answered_(std::move(answered)),
      there_(std::make_shared<There>(There{gate_->api(), std::move(about)})) {}

bool ListCall::on_piece(std::string_view bytes) {
  if (over_) return true;
  source_->feed(bytes);
  pump();
  return !under_way_;
}

void ListCall::on_end() {
  ended_ = true;
  pump();
}

// What the dispatcher's shard has of it must end there.
void ListCall::drop() {
  over_ = true;
  answered_ = nullptr;
  if (there_ == nullptr) return;
  gate_->there([there = std::exchange(there_, nullptr)] { there->list.reset(); });
}

ListCall::Batch ListCall::read_batch() {
  Batch batch;
  while (batch.bytes < batch_bytes) {
    ListPiece piece;
    const absl::StatusOr<bool> read = source_->next(ended_, piece);
    if (!read.ok()) {
      batch.fault = in_line(read.status(), piece.line);
      return batch;
    }
    if (!*read) {
      batch.is_end = ended_;
      return batch;
    }
    batch.bytes += piece.bytes;
    if (!piece.is_blank) batch.pieces.push_back(std::move(piece));
  }
  return batch;
}

void ListCall::pump() {
  if (pumping_) return;
  pumping_ = true;
  for (int turn = 0; !under_way_ && !over_; ++turn) {
    if (turn == batches_per_turn_max) {
      under_way_ = true;
      gate_->later([self = shared_from_this()] { self->on_taken(); });
      break;
    }
    Batch batch = read_batch();
    if (batch.bytes == 0 && batch.fault.ok() && !batch.is_end) break;
    send(std::move(batch));
  }
  pumping_ = false;
}

void ListCall::send(Batch batch) {
  under_way_ = true;
  if (batch.is_end) over_ = true;
  gate_->there([self = shared_from_this(), there = there_, batch = std::move(batch)]() mutable {
    const auto gate = self->gate_;
    auto bring = [gate, self](Answer answer) {
      gate->here([self, answer = std::move(answer)]() mutable { self->answer(std::move(answer)); });
    };
    if (auto status = there->add(batch); !status.ok()) return bring(std::move(status));
    if (batch.is_end) return there->finish(std::move(bring));
    there->opened().when_welcome([gate, self] { gate->here([self] { self->on_taken(); }); });
  });
}

void ListCall::on_taken() {
  under_way_ = false;
  if (pumping_) return;
  pump();
  if (!under_way_ && !over_) respond_.resume();
}

void ListCall::answer(Answer answer) {
  if (!answered_) return;
  ApiGate::Answered answered = std::move(answered_);
  drop();
  answered(std::move(answer));
}

}  // namespace tocsin::dispatcher
