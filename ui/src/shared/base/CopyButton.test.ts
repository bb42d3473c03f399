import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import CopyButton from './CopyButton.svelte';

function clipboard(writeText: (text: string) => Promise<void>): void {
  vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } });
}

async function press(): Promise<ReturnType<typeof vi.fn>> {
  const onrefused = vi.fn();
  render(CopyButton, { value: '9c41', label: 'Copy the id', onrefused });
  await fireEvent.click(screen.getByRole('button', { name: 'Copy the id' }));
  return onrefused;
}

it('says that the text is on the clipboard', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  clipboard(writeText);
  const onrefused = await press();
  await screen.findByRole('button', { name: 'Copied' });
  expect(writeText).toHaveBeenCalledWith('9c41');
  expect(onrefused).not.toHaveBeenCalled();
});

it('hands on why it is not, and says nothing of having copied', async () => {
  clipboard(() => Promise.reject(new DOMException('no', 'NotAllowedError')));
  const onrefused = await press();
  await vi.waitFor(() => expect(onrefused).toHaveBeenCalledWith(expect.objectContaining({ message: 'The clipboard cannot be written' })));
  expect(screen.queryByRole('button', { name: 'Copied' })).toBeNull();
});
