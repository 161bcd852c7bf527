#include "runtime/http_server/whole_body.h"

namespace tocsin::runtime {

bool WholeBody::on_piece(std::string_view piece) {
  if (piece.size() > bytes_max_ - body_.size()) {
    done_ = nullptr;
    return true;
  }
  body_ += piece;
  return true;
}

void WholeBody::on_end() {
  if (done_) std::exchange(done_, nullptr)(std::exchange(body_, {}));
}

}  // namespace tocsin::runtime
