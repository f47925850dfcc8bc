"""Lines for people, as scripts and progress bars print them."""

import pytest

from tests.curves.written import course

SAME = ([1.0, 2.0], [0.5, 0.4], [0.6, 0.55])
STYLED = (
    "\x1b[1m{}/9\x1b[0m \x1b[32m━━━━━\x1b[0m \x1b[1m2s\x1b[0m 3ms/step - accuracy: 0.9 - loss: "
)
TEXTS = {
    "one line an epoch": "Begin\nEpoch 1: Train Loss=0.5, Val Loss=0.6\n"
    "Epoch 2: Train Loss=0.4, Val Loss=0.55\n",
    "commas like a table": "Epoch 1, loss: 0.5, val_loss: 0.6\n"
    "Epoch 2, loss: 0.4, val_loss: 0.55\n",
    "keras 2": "Epoch 1/2\n 5/10 [====>.....] - ETA: 1s - loss: 0.9 - acc: 0.4\n"
    "10/10 [======] - 3s 30ms/step - loss: 0.5 - acc: 0.70 - val_loss: 0.6 - val_acc: 0.65\n"
    "Epoch 2/2\n10/10 [======] - 3s 30ms/step - loss: 0.4 - acc: 0.9 - val_loss: 0.55\n",
    "keras 3": f"Epoch 1/2\n{STYLED.format(1)}2.3\x08\x08\r{STYLED.format(9)}0.5 - val_loss: 0.6\n"
    f"Epoch 2/2\n{STYLED.format(9)}0.4 - val_loss: 0.55\n",
    "keras checkpoints": "Epoch 1/2\n10/10 - 1s - loss: 0.5 - val_loss: 0.6\n\n"
    "Epoch 00001: val_loss improved from inf to 0.60000, saving model to x.h5\n"
    "Epoch 2/2\n10/10 - 1s - loss: 0.4 - val_loss: 0.55\n",
    "parts in brackets": "[Epoch 1] [Train] loss: 0.5 acc: 0.8 [Val] loss: 0.6 acc: 0.7\n"
    "[Epoch 2] [Train] loss: 0.4 acc: 0.85 [Val] loss: 0.55 acc: 0.72\n",
    "parts on lines": "Epoch 1/2\n----------\ntrain Loss: 0.5 Acc: 0.7\nval Loss: 0.6 Acc: 0.8\n\n"
    "Epoch 2/2\n----------\ntrain Loss: 0.4 Acc: 0.75\nval Loss: 0.55 Acc: 0.85\n",
    "logging": "2024-01-01 12:00:00,1 - INFO - epoch 1 | train loss 0.5 | valid loss 0.6 | lr 0.1\n"
    "2024-01-01 12:01:00,1 - INFO - epoch 2 | train loss 0.4 | valid loss 0.55 | lr 0.1\n",
    "early stopping": "Epoch 1 - train loss: 0.5, val loss: 0.6\n"
    "Validation loss decreased (inf --> 0.600000).  Saving model ...\n"
    "Epoch 2 - train loss: 0.4, val loss: 0.55\nEarlyStopping counter: 1 out of 5\n",
    "hugging face": "{'loss': 0.5, 'grad_norm': 1.0, 'learning_rate': 2e-05, 'epoch': 1.0}\n"
    "{'eval_loss': 0.6, 'epoch': 1.0}\n{'loss': 0.4, 'epoch': 2.0}\n"
    "{'eval_loss': 0.55, 'epoch': 2.0}\n"
    "{'train_runtime': 10.0, 'train_loss': 0.45, 'epoch': 2.0}\n",
    "tqdm": "Epoch 1:  45%|####5     | 45/100 [00:01<00:02, loss=0.9]\r"
    "Epoch 1: 100%|##########| 100/100 [00:03<00:00, loss=0.5]\nval loss 0.6\n"
    "Epoch 2: 100%|##########| 100/100 [00:03<00:00, loss=0.4]\nval loss 0.55\n",
    "nested brackets": "Epoch: [1][ 10/50]\tTime 0.1 ( 0.2)\tLoss 0.5 (0.7)\nVal loss: 0.6\n"
    "Epoch: [2][ 10/50]\tTime 0.1 ( 0.2)\tLoss 0.4 (0.6)\nVal loss: 0.55\n",
    "behind a bar": " 50%|#####     | 5/10 [00:01<00:02]{'loss': 0.5, 'epoch': 1.0}\n"
    "{'eval_loss': 0.6, 'epoch': 1.0}\n100%|#####| 10/10 [00:03<00:00]{'loss': 0.4, 'epoch': 2}\n"
    "{'eval_loss': 0.55, 'epoch': 2.0}\n",
    "said twice": "Train loss: 0.5  - to validation\n  Epoch 1/2 train_loss=0.5 val_loss=0.6\n"
    "Train loss: 0.4  - starting validation\n  Epoch 2/2 train_loss=0.4 val_loss=0.55\n",
    "spaces around colons": "epoch : 1\ntrain_loss : 0.500000 val_loss : 0.600000\n"
    "train_acc : 80.1% val_acc : 70.0%\nepoch : 2\ntrain_loss : 0.40000 val_loss : 0.550000\n",
    "commented out": "# Epoch [1/2], Loss: 0.5\n# Validation Loss: 0.6\n# Epoch [2/2], Loss: 0.4\n"
    "# Validation Loss: 0.55\n",
    "one part a line": "Epoch: 1 \tTraining Loss: 0.5\nEpoch: 1 \tValidation Loss: 0.6, Acc: 0.7\n"
    "Epoch: 2 \tTraining Loss: 0.4\nEpoch: 2 \tValidation Loss: 0.55, Accuracy: 0.8\n",
    "tensors": "epoch 1 loss tensor(0.5, device='cuda:0') val_loss tensor(0.6)\n"
    "epoch 2 loss tensor(0.4, device='cuda:0') val_loss tensor(0.55)\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_lines_for_people_give_the_same_curves(written, name):
    assert course(written.log(TEXTS[name], "out.txt")) == SAME


def test_nanogpts_evaluations_count_by_step(written):
    log = written.log(
        "step 0: train loss 4.2874, val loss 4.2823\niter 0: loss 4.2649, time 12ms, mfu -1%\n"
        "step 250: train loss 1.9, val loss 2.0\niter 250: loss 1.95, time 12ms\n"
    )
    assert course(log) == ([0, 250], [4.2874, 1.9], [4.2823, 2.0])


def test_the_mnist_examples_batches_are_averaged_and_its_test_set_is_told(written):
    log = written.log(
        "Train Epoch: 1 [0/600 (0%)]\tLoss: 2.5\nTrain Epoch: 1 [64/600 (1%)]\tLoss: 1.5\n\n"
        "Test set: Average loss: 0.2, Accuracy: 9400/10000 (94%)\n\n"
        "Train Epoch: 2 [0/600 (0%)]\tLoss: 0.5\n"
        "Test set: Average loss: 0.1, Accuracy: 9600/10000 (96%)\n"
    )
    assert course(log) == ([1, 2], [2.0, 0.5], [0.2, 0.1])
    assert log.curves.validation_score.tolist() == [0.94, 0.96]
    assert any("was read as validation" in note for note in log.notes)


def test_steps_counted_anew_in_each_epoch_do_not_part_a_run(written):
    log = written.log(
        "Epoch [1/2], Step [100/600], Loss: 0.5\nEpoch [1/2], Step [200/600], Loss: 0.4\n"
        "Epoch [2/2], Step [100/600], Loss: 0.3\nEpoch [2/2], Step [200/600], Loss: 0.2\n"
    )
    assert course(log) == ([1, 2, 3, 4], [0.5, 0.4, 0.3, 0.2], [])
    assert log.columns["epoch"] == "row number"
