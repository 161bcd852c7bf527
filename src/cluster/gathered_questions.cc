#include "cluster/gathered_questions.h"

#include <iterator>

namespace tocsin::cluster {

void GatheredQuestions::hand_over(std::vector<Asked> questions) {
  if (!asker_.on_this_thread()) return storage_.hand_over(std::move(questions));
  const bool is_first = gathered_.empty();
  std::move(questions.begin(), questions.end(), std::back_inserter(gathered_));
  if (!is_first) return;
  asker_.post([this] { storage_.hand_over(std::exchange(gathered_, {})); });
}

}  // namespace tocsin::cluster
