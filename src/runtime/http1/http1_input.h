// Http1Input: the bytes that have arrived on one connection and were not used yet.
//
// During a turn they are looked at where they lie, mostly in the caller's buffer; what is left at
// its end is copied and kept.
//
//   {  Http1Input::Turn turn(input, bytes);  input.view() ... input.consume(n)  }
//
// Thread: one owner.  Bound: what is kept, and one turn's bytes; its owner stops asking for more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::runtime {

class Http1Input {
 public:
  // `bytes` live as long as it.
  class Turn {
   public:
    Turn(Http1Input& input, std::string_view bytes) : input_(input) { input_.begin(bytes); }
    ~Turn() { input_.end(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Http1Input& input_;
  };

  // During a turn.
  std::string_view view() const { return view_; }
  void consume(size_t bytes) { view_.remove_prefix(bytes); }
  void drop() {
    view_ = {};
    if (!in_turn_) std::string().swap(kept_);
  }

  size_t size() const { return in_turn_ ? view_.size() : kept_.size(); }

 private:
  void begin(std::string_view bytes) {
    is_lent_ = kept_.empty();
    if (!is_lent_) kept_ += bytes;
    view_ = is_lent_ ? bytes : std::string_view(kept_);
    in_turn_ = true;
  }

  void end() {
    in_turn_ = false;
    if (view_.empty()) {
      std::string().swap(kept_);  // most connections are idle
    } else if (is_lent_) {
      kept_ = view_;
    } else {
      kept_.erase(0, kept_.size() - view_.size());
    }
    view_ = {};
  }

  std::string kept_;
  std::string_view view_;
  bool is_lent_ = false;  // the view is of the caller's bytes
  bool in_turn_ = false;
};

}  // namespace tocsin::runtime
